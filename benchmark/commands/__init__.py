"""One module for each `abaw` command; imported only when the command runs."""
