"""From written YAML to the model: every mistake becomes a placed problem."""
