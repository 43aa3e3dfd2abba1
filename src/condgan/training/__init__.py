"""Training: the algorithms that take steps, the trainer that repeats them, the callbacks told."""
