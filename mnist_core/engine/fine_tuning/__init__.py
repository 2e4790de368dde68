"""The fine-tuning recipe."""
