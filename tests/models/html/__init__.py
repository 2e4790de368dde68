"""The HTML file."""
