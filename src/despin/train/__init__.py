"""Training the language model: python -m despin.train."""
