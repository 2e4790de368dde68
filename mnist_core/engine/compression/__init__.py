"""A model → smaller and faster ones: distillation, low-rank factors, pruning, int8."""
