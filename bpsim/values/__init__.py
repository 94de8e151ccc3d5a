"""The one-line languages of the YAML, independent of each other."""
