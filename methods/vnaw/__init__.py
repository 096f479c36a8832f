"""V-NAW: expressions from clips whose labels are weighed by how plausible they look."""
