"""Log to numbers."""
