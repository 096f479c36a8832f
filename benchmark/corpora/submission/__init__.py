"""Submission files: writing the exact format of each edition, and checking any file before it is uploaded."""
