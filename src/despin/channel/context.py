"""Conditions of a row on the tokens beside the spun phrase, ``prev=the|a; next!=of``, and on itself: ``this=NAME``.

Clauses are joined by ``;`` and must all hold. Each names a side (`prev`, `next`), ``=`` or ``!=``, and words or
classes separated by ``|``. Classes: NAME (capitalised inside a sentence), NUM, BOS, EOS, and the word lists DET,
MODAL, BE, HAVE, PRON, PREP.

The phrase itself (`this`) is written as a name where its first word is capitalised inside a sentence, or opens one and
another word of it has a capital too: "Theresa Might", "the White Home", "White Home officials", and no white home.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SPECIAL", "WORD_CLASSES", "Clause", "parse_context"]

WORD_CLASSES: dict[str, tuple[str, ...]] = {
    "DET": (
        "a",
        "the",
        "this",
        "that",
        "these",
        "those",
        "my",
        "his",
        "her",
        "its",
        "our",
        "their",
        "your",
        "'s",
        "'",
        "some",
        "any",
        "no",
        "every",
        "each",
    ),
    "MODAL": ("will", "would", "can", "could", "may", "might", "must", "shall", "should", "cannot"),
    "BE": ("be", "am", "is", "are", "was", "were", "been", "being"),
    "HAVE": ("have", "has", "had", "having", "'ve"),
    "PRON": ("i", "you", "he", "she", "it", "we", "they", "who", "that", "which", "this"),
    "PREP": (
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "by",
        "with",
        "about",
        "against",
        "between",
        "into",
        "over",
        "under",
        "after",
        "before",
    ),
}
# Classes that depend on how a token is written; their codes are known to the core.
SPECIAL: dict[str, int] = {"NAME": -2, "NUM": -3, "BOS": -4, "EOS": -5}
_THIS = 2
_SIDES = {"prev": -1, "next": 1, "this": _THIS}


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: is the token before (`side` -1), after (+1) or the phrase itself (2) among `words` or `special`
    classes, or not."""

    side: int
    negated: bool
    words: tuple[str, ...]
    special: tuple[int, ...]


def parse_context(text: str) -> tuple[Clause, ...]:
    """The clauses of a condition.

    Raises:
        ValueError: It cannot be read; the message says which clause and why.

    >>> parse_context("next!=of")
    (Clause(side=1, negated=True, words=('of',), special=()),)
    """
    clauses = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        left, equals, right = part.partition("=")
        side = _SIDES.get(left.strip().removesuffix("!").strip())
        names = [name.strip() for name in right.split("|") if name.strip()]
        if not equals or side is None or not names or (side == _THIS and names != ["NAME"]):
            raise ValueError(f"the condition {part!r} cannot be read; write prev=word|CLASS, next!=word or this=NAME")
        words: list[str] = []
        special: list[int] = []
        for name in names:
            if name in SPECIAL:
                special.append(SPECIAL[name])
            elif name in WORD_CLASSES:
                words += WORD_CLASSES[name]
            elif name.isupper() and len(name) > 1:
                raise ValueError(
                    f"unknown class {name} in the condition {part!r}; one of {', '.join([*SPECIAL, *WORD_CLASSES])}"
                )
            else:
                words.append(name)
        clauses.append(Clause(side, left.strip().endswith("!"), tuple(words), tuple(special)))
    return tuple(clauses)
