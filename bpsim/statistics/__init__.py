"""Numbers to judgements: intervals, paired comparisons, warm-up and queueing theory; knows nothing of bpsim's own types."""
