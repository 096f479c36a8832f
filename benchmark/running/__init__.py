"""From a request on the command line to a record on disk."""
