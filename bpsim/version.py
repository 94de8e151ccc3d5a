"""Which bpsim this is: kept in every log and result."""

__version__ = "0.1.0"
