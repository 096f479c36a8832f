"""Floor: the best answer that looks at nothing."""
