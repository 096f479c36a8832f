"""Floor: a linear map of the current frame's features."""
