"""Labelled digits from other people's files: tables, arrays, IDX files and pictures, in folders and zips."""
