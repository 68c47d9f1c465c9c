"""What the verbs need of the outside world, one Protocol per file."""
