"""How many drawings a fine-tuning needs, and how many make a good start."""

FEWEST = 2
"""A fine-tuning needs at least this many drawings."""
WANTED = 5
"""This many drawings of each digit make a balanced set to begin with."""
