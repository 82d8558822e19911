"""The compiled core: scanner, mapped model, inference."""
