"""What the network predicts in use: a log of figures, never of pictures; their drift; alerts."""
