"""As-is against to-be: what differs, whether it is proven, and where it arose."""
