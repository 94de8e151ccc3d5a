"""Model to model: what a redesign changes, operator by operator, and the scenarios made of changes."""
