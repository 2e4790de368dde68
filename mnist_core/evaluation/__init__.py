"""How good a model is: figures, charts and sentences."""
