"""Many runs: which, how, and what came of them."""
