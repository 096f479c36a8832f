"""Backbones that no installed library has, with the parameter names of their published weights."""
