"""Fuzzy matching of damaged phrases in spun documents."""
