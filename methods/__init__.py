"""One package for each published entry, and the floors they are compared with."""
