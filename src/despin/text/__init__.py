"""Text modules: protection, case, articles, numerals, typography, rendering."""
