"""Damaged and inexact phrases: a misspelt word, a hyphen lost or gained, one word slipped in.

Used only in documents already judged spun, off the hot path. Each find is a candidate with a price, the log
probability of such damage, which enters the channel beside the row's own weight: the decoder still decides.

Misspelt words are looked up with SymSpell (Garbe 2012; symspellpy) among the words of spun phrases, whole phrases are
then ranked by normalised Damerau-Levenshtein similarity (rapidfuzz).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from symspellpy import SymSpell

__all__ = ["Find", "Finder"]

# Prices, as log probabilities of the damage. Editors' typing errors in edited web text are of the order of one word in
# a few hundred; spinners drop and add hyphens freely.
_PRICE_OF_EDIT = math.log(0.02)
_PRICE_OF_HYPHEN = math.log(0.3)
_PRICE_OF_INSERTION = math.log(0.03)
_LEAST_SIMILARITY = 0.8
_MOST_TOKENS = 7
_LEAST_LETTERS = 5
# A word may have slipped in behind an article ("take a long trip to"), and never one that turns the meaning around.
_BEFORE_INSERTION = frozenset(("a", "an", "the"))
_NEVER_DROPPED = frozenset(["no", "not", "never", "only", "other", "same", "first", "last", "second", "next"])


class Find(NamedTuple):
    """A damaged phrase: its first token, how many tokens, the phrase it stands for, and the log price of the damage."""

    first: int
    n: int
    phrase: str
    price: float


class Finder:
    """Looks for damaged spun phrases.

    Args:
        phrases: The written forms of all spun phrases, tokens separated by single spaces.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(phrases)

    def find(self, words: list[str], known: bytes) -> list[Find]:
        """Damaged phrases, sorted, among a text's tokens in lower case. Linear in their number.

        Args:
            words: The tokens in lower case, with plain apostrophes.
            known: Of each whether (1 or 0) it is a word of the vocabulary.
        """
        found: dict[tuple[int, int, str], float] = {}
        telling = self._telling
        at = [i for i, word in enumerate(words) if word in telling]
        for find in (*self._misspelt(words, known), *self._hyphens(words, at), *self._insertions(words, known, at)):
            key = (find.first, find.n, find.phrase)
            found[key] = max(price for price in (find.price, found.get(key, -math.inf)))
        return [Find(*key, price) for key, price in sorted(found.items())]

    @cached_property
    def _spelling(self) -> SymSpell:
        from symspellpy import SymSpell

        spelling = SymSpell(max_dictionary_edit_distance=1, prefix_length=7)
        for word in {word for phrase in self._phrases for word in phrase.split() if len(word) >= _LEAST_LETTERS}:
            spelling.create_dictionary_entry(word, 1)
        return spelling

    @cached_property
    def _telling(self) -> frozenset[str]:
        """Words at which more than a spelling can be wrong."""
        return frozenset((*self._without_hyphens, *_BEFORE_INSERTION, "-"))

    @cached_property
    def _articles(self) -> dict[tuple[str, str], set[tuple[int, int]]]:
        """The words beside an article inside a phrase of three tokens or more ("" before one that opens it) -> (place
        behind the article, length of the phrase)."""
        places: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
        for phrase in self._phrases:
            tokens = phrase.split(" ")
            n = len(tokens)
            for gap in range(1, n if 3 <= n < _MOST_TOKENS else 0):
                if tokens[gap - 1] in _BEFORE_INSERTION:
                    places[tokens[gap - 2] if gap > 1 else "", tokens[gap]].add((gap, n))
        return dict(places)

    @cached_property
    def _without_hyphens(self) -> dict[str, dict[str, dict[str, str]]]:
        """First and second word -> the phrases with hyphens that begin so, by what they are without."""
        found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        for phrase in self._phrases:
            if " - " in phrase:
                bare = phrase.replace(" - ", " ")
                first, second = bare.split(" ")[:2]
                found[first][second][bare] = phrase
        return {first: dict(seconds) for first, seconds in found.items()}

    def _misspelt(self, words: list[str], known: bytes) -> Iterator[Find]:
        """Phrases around each unknown word, with a word of the dictionary in its place."""
        unknown = [i for i in _false(known) if len(words[i]) >= _LEAST_LETTERS - 1 and words[i].isalpha()]
        if not unknown:
            return
        from rapidfuzz.distance import DamerauLevenshtein
        from symspellpy import Verbosity

        for i in unknown:
            for suggestion in self._spelling.lookup(words[i], Verbosity.CLOSEST, max_edit_distance=1):
                for first, phrase in self._around(words, i, suggestion.term):
                    n = len(phrase.split())
                    written = " ".join(words[first : first + n])
                    similarity = DamerauLevenshtein.normalized_similarity(
                        written, phrase, score_cutoff=_LEAST_SIMILARITY
                    )
                    if similarity:
                        yield Find(first, n, phrase, _PRICE_OF_EDIT * suggestion.distance)

    def _around(self, words: list[str], i: int, word: str) -> Iterator[tuple[int, str]]:
        for first in range(max(0, i - _MOST_TOKENS + 1), i + 1):
            for end in range(i + 1, min(len(words), first + _MOST_TOKENS) + 1):
                phrase = " ".join((*words[first:i], word, *words[i + 1 : end]))
                if phrase in self._phrases:
                    yield first, phrase

    def _hyphens(self, words: list[str], at: list[int]) -> Iterator[Find]:
        """Phrases whose hyphens the text lacks, or that have none where the text has one; `at`: the telling words."""
        lacking = self._without_hyphens
        last = len(words) - 1
        for first in at:
            word = words[first]
            if word == "-":
                # windows of three and four words with this hyphen inside
                for start, n in ((first - 1, 3), (first - 1, 4), (first - 2, 4)):
                    if 0 <= start <= len(words) - n:
                        joined = " ".join(word for word in words[start : start + n] if word != "-")
                        if joined in self._phrases:
                            yield Find(start, n, joined, _PRICE_OF_HYPHEN)
            seconds = lacking.get(word)
            if seconds is None or first == last or words[first + 1] not in seconds:
                continue
            for n in range(2, min(5, len(words) - first + 1)):
                phrase = seconds[words[first + 1]].get(" ".join(words[first : first + n]))
                if phrase:
                    yield Find(first, n, phrase, _PRICE_OF_HYPHEN)

    def _insertions(self, words: list[str], known: bytes, at: list[int]) -> Iterator[Find]:
        """Phrases of three words or more with one ordinary word slipped in behind an article."""
        places = self._articles
        for article in at:
            extra = article + 1
            if words[article] not in _BEFORE_INSERTION or extra + 1 >= len(words):
                continue
            word, behind = words[extra], words[extra + 1]
            near = (*places.get(("", behind), ()), *(places.get((words[article - 1], behind), ()) if article else ()))
            if not near or not known[extra] or not word.isalpha() or word in _NEVER_DROPPED:
                continue
            for gap, n in near:
                first = extra - gap
                if first < 0 or n >= len(words) - first:
                    continue
                phrase = " ".join((*words[first:extra], *words[extra + 1 : first + n + 1]))
                if phrase in self._phrases:
                    yield Find(first, n + 1, phrase, _PRICE_OF_INSERTION)


def _false(known: bytes) -> Iterator[int]:
    """The places of zeros."""
    at = known.find(0)
    while at >= 0:
        yield at
        at = known.find(0, at + 1)
