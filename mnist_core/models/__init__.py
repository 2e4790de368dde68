"""The registered models: files, cards, predictions."""
