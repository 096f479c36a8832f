"""How far the mouth is open, from the aligned crop alone."""
