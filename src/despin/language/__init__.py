"""Counts, smoothing and packing of the language model."""
