"""Dictionaries: rows, inflection, linking, compiling."""
