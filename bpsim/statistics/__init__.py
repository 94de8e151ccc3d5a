"""Numbers to judgements: intervals, paired comparisons, warm-up and queueing theory; knows no other part of bpsim."""
