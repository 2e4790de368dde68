"""Work on the workers of a Ray cluster. Only this folder imports Ray."""
