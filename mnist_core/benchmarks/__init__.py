"""Measured figures as documents: written by commands, never by hand."""
