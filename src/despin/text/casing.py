"""Capitals: a replacement takes on those of the words it stands for."""

from __future__ import annotations

import re

__all__ = ["match_case"]

_SMALL = frozenset(
    str.split("""
    a an and as at but by for from in into nor of off on or over per so than that the to up upon via with
    """)
)
# Always written in capitals, so their capitals say nothing about the words that replace them.
_INITIALISMS = frozenset(
    str.split("""
    AI ATM CEO CFO CV DIY DNA DVD EU FAQ GP HQ ID IT MP NGO PC PM PR TV UK UN US USA VIP
    """)
)
_I = re.compile(r"I(?![^\W\d_])")
_FIRST_LETTER = re.compile(r"[\W_]*([^\W\d_])")


def match_case(before: str, after: str, sentence_start: bool = False) -> str:
    """`after` with the capitals of `before`.

    All capitals make all capitals; several words with their content words capitalised make a title; one initial
    capital makes an initial capital. Capitals that `after` has of its own ("Oval Office") are always kept.

    Args:
        before: What stands in the text.
        after: What replaces it, as a dictionary writes it: lower case, proper names aside.
        sentence_start: Whether `before` opens a sentence. A capital is then put even where `before` could not show
            one ("2" -> "Two"); text that begins with a lower-case letter there keeps its habit.

    Complexity: linear in the two texts.

    >>> match_case("STATED", "said"), match_case("Basic Election", "general election"), match_case("Rather", "instead")
    ('SAID', 'General Election', 'Instead')
    >>> match_case("2", "two", sentence_start=True), match_case("work space", "Oval Office")
    ('Two', 'Oval Office')
    """
    if _is_all_caps(before):
        return after.upper()
    if _is_title(before):
        return _title(after, small_too=_capitalises_small(before))
    first = _FIRST_LETTER.match(before)
    if first is None:
        return _capitalised(after) if sentence_start else after
    starts_upper = first[1].isupper() and not _always_capital(before)
    if starts_upper or (sentence_start and not first[1].islower()):
        return _capitalised(after)
    return after


def _is_all_caps(text: str) -> bool:
    if not text.isupper() or text.rstrip(".") in _INITIALISMS:
        return False
    return sum(char.isupper() for char in text) > 1 and bool(re.search(r"[^\W\d_]{2}", text))


def _is_title(text: str) -> bool:
    """Several words, two or more capitalised, and no content word without its capital."""
    words = [word for word in text.split() if _FIRST_LETTER.match(word)]
    capitalised = [_has_capital(word) for word in words]
    if sum(capitalised) < 2:
        return False
    return all(capital or word.lower() in _SMALL for word, capital in zip(words, capitalised, strict=True))


def _capitalises_small(text: str) -> bool:
    return any(_has_capital(word) for word in text.split()[1:] if word.lower() in _SMALL)


def _title(text: str, small_too: bool) -> str:
    pieces = re.split(r"(\s+)", text)
    return "".join(
        piece if number and not small_too and piece in _SMALL else _capitalised(piece)
        for number, piece in enumerate(pieces)
    )


def _has_capital(word: str) -> bool:
    first = _FIRST_LETTER.match(word)
    return first is not None and first[1].isupper()


def _always_capital(text: str) -> bool:
    """The pronoun "I", and initialisms with their plurals: "TVs", "CEO"."""
    return bool(_I.match(text)) or text.rstrip(".s") in _INITIALISMS


def _capitalised(text: str) -> str:
    """`text` with its first letter in upper case, unless a digit comes before it ("30-year")."""
    first = _FIRST_LETTER.match(text)
    if first is None:
        return text
    at = first.start(1)
    return text[:at] + text[at].upper() + text[at + 1 :]
