"""Trained networks → files that other programs open."""
