"""Learning row weights and decisions from annotated passages."""
