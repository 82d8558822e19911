"""Lint of single rows: what a reviewer would send back, whatever the language model's vocabulary and other rows say.

Rows that cannot be read at all are errors of `rows`; here are the rows that can be read and should not stand. What
takes more than one row, the form of a file or the vocabulary to see is in `despin.lexicon.lint`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from despin.channel.link import phrase_tokens
from despin.channel.rows import Row

__all__ = ["FUNCTION_WORDS", "lint_row"]

# Reversing one of these wherever a language model likes another word better does harm than good: a row that has
# one alone on its spun side must say in which context.
FUNCTION_WORDS = frozenset(
    """
    a about after all an and any are as at be been before between but by can could did do does during for from had
    has have he her here him his how i if in into is it its may me might more must my no not of on or our out over
    she should than that the their them then there they this to under up us was we were what when where which who
    will with within without would you your
    """.split()
)
_LIST_CHARACTERS = frozenset('/|()[]{}\\"')
_QUOTES = frozenset("‘’‚‛“”„‟«»‹›`´′″")


def lint_row(row: Row) -> Iterator[tuple[str, str]]:
    """Complaints about a row: the name of the rule (see `despin.lexicon.lint.RULES`) and a message.

    >>> list(lint_row(Row("to", "for")))
    [('function-word', 'a function word needs a context: to')]
    """
    letters = set(row.spun + row.original)
    if row.spun in FUNCTION_WORDS and not row.context:
        yield "function-word", f"a function word needs a context: {row.spun}"
    if _LIST_CHARACTERS & letters:
        yield "list", "a phrase is plain words; give each variant its own row"
    if _QUOTES & letters:
        yield "quotes", "write quotation marks and apostrophes as ' (what a text has is understood)"
    if "-" in row.spun.split() + row.original.split():
        yield "hyphen", "write compounds in one piece (fine-tune); half a compound is no phrase"
    other = sorted(c for c in letters - _QUOTES if not c.isascii() and unicodedata.category(c) in ("Pd", "Po", "So"))
    if other:
        yield "symbols", f"not ASCII: {', '.join(f'{c} (U+{ord(c):04X})' for c in other)}"
    if _folded(row.spun) == _folded(row.original) and row.spun.lower() != row.original.lower():
        yield "no-effect", "both sides are the same words for the matcher"


def _folded(phrase: str) -> list[str]:
    """A phrase's tokens as the core compares them: "an" is "a"."""
    return ["a" if token == "an" else token for token in phrase_tokens(phrase)]
