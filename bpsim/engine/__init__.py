"""Model to log: the only home of SimPy."""
