"""Trainings as jobs: asked for, waiting, under way, ended."""
