"""Strokes and pictures → 28×28 images."""
