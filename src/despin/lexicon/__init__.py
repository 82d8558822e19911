"""Working on the dictionaries: reading them with places, lint, search, coverage, imports (``despin lexicon``)."""
