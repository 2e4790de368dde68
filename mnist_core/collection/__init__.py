"""The collected drawings and their labels."""
