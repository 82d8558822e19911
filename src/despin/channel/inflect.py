"""Inflecting a row: both sides through the same forms, so that "state -> say" also gives "stated -> said".

Forms come from lemminflect (Jascob 2019), which only the compiler of the channel needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from despin.channel.rows import Row
from despin.errors import DictionaryError

__all__ = ["inflections"]

_TAGS = {"verb": ("VB", "VBZ", "VBG", "VBD", "VBN"), "noun": ("NN", "NNS"), "adjective": ("JJ", "JJR", "JJS")}
_UPOS = {"verb": "VERB", "noun": "NOUN", "adjective": "ADJ"}


@cache
def _forms(word: str, tag: str) -> tuple[str, ...]:
    """Spellings of one form, the usual one first."""
    if tag == "NNS" and len(word) > 1 and word.isupper():
        return (f"{word}s",)  # CEOs
    try:
        from lemminflect import getInflection
    except ImportError:
        raise DictionaryError(
            word, "rows with pos verb, noun or adjective need lemminflect: pip install 'despin[lexicon]'"
        ) from None
    return tuple(dict.fromkeys(getInflection(word, tag)))


def _phrase_forms(phrase: str, pos: str, tag: str) -> tuple[str, ...]:
    words = phrase.split()
    at = 0 if pos == "verb" else -1
    if tag in ("JJ", "VB", "NN"):
        return (phrase,)
    result = []
    for form in _forms(words[at], tag):
        words[at] = form
        result.append(" ".join(words))
    if tag in ("JJR", "JJS"):
        periphrastic = f"{'more' if tag == 'JJR' else 'most'} {phrase}"
        if len(phrase.split()) > 1 or len(phrase) > 7:
            return (periphrastic,)
        result.append(periphrastic)
    return tuple(result)


def _possessive(plural: str) -> str:
    return f"{plural}'" if plural.endswith("s") else f"{plural}'s"


def _spun_forms(row: Row, tag: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """How the spun side is written. lemminflect lets nearly every noun be its own plural; only a mass noun, of which
    nobody writes a plural, is ("footwear" for "shoes")."""
    forms = _phrase_forms(row.spun, row.pos, tag)
    if tag != "NNS" or row.spun in forms[:1]:
        return forms
    plurals = tuple(form for form in forms if form != row.spun)
    written = any(all(known(word.lower()) for word in form.split()) for form in plurals)
    return plurals if written else forms


def inflections(row: Row, known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """The (spun, original) pairs that a row stands for, as they are written in text.

    `known` says whether a word, in lower case, is in the vocabulary of the language model: of several spellings of an
    original the first known one is taken, and a form of which no spelling is known falls back to the base form (mass
    nouns).
    """
    if row.pos not in _TAGS or not row.original:
        yield row.spun, row.original
        return
    for tag in _TAGS[row.pos]:
        originals = _phrase_forms(row.original, row.pos, tag)
        usual = [form for form in originals if all(known(word.lower()) for word in form.split())]
        if usual:
            original = usual[0]
        elif row.pos == "noun":
            original = row.original
        elif tag in ("JJR", "JJS") and originals:
            original = originals[-1]
        else:
            continue
        for spun in _spun_forms(row, tag, known):
            if spun != original:
                yield spun, original
            if tag == "NNS" and _possessive(spun)[len(spun) :] != _possessive(original)[len(original) :]:
                yield _possessive(spun), _possessive(original)
            if tag == "NNS" and spun.endswith("s") and " " not in spun:
                yield f"{spun}'s", _possessive(original)  # the spinner's "kids's"
