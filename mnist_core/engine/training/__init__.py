"""A training from scratch."""
