"""What the model knows of words: which there are, which are names, how frequent a phrase is; and base forms."""

from __future__ import annotations

import math
import os
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from despin.channel.link import phrase_tokens
from despin.decode._model import Model
from despin.errors import DictionaryError
from despin.model.container import Container
from despin.model.words import read_words

__all__ = ["DEFAULT_MODEL", "UPOS", "Vocabulary", "base_forms", "known_base_forms"]

DEFAULT_MODEL = Path(__file__).resolve().parents[1] / "data" / "en.despin"
UPOS = {"verb": "VERB", "noun": "NOUN", "adjective": "ADJ"}
_NAME = 2  # the bit of vocab.flags


class Vocabulary:
    """The words of the language model in a model file.

    Args:
        path: The model file (default: the installed one).

    Raises:
        ModelError: The file is missing or damaged.

    >>> vocabulary = Vocabulary()
    >>> "travel" in vocabulary, "travvel" in vocabulary
    (True, False)
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.container = Container(path or DEFAULT_MODEL)
        self._model = Model(self.container)

    @cached_property
    def words(self) -> frozenset[str]:
        """Words that the language model has seen; words which only the dictionaries brought in are not among them."""
        words = read_words(self.container)
        return frozenset(words[1 : self.container.metadata.get("lm_words", len(words))]) | {"an"}

    @cached_property
    def names(self) -> frozenset[str]:
        """Words that are mostly names, in lower case."""
        flags = bytes(self.container.section("vocab.flags"))
        return frozenset(w for w, flag in zip(read_words(self.container), flags, strict=True) if flag & _NAME)

    def __contains__(self, word: str) -> bool:
        return word.lower() in self.words

    def unknown(self, phrase: str) -> list[str]:
        """The words of a phrase that the language model has never seen; numbers and signs aside."""
        tokens = phrase_tokens(phrase)
        return [token for token in tokens if token not in self.words and any(c.isalpha() for c in token)]

    def per_million(self, phrase: str) -> float:
        """How often the language model expects a phrase in a million words, context unknown; 0: a word is unknown."""
        tokens = phrase_tokens(phrase)
        if not tokens or any(token not in self.words for token in tokens):
            return 0.0
        return 1e6 * math.exp(sum(logp for logp, _order in self._model.logp(map(self._model.word_id, tokens))))

    def _may_stay(self, word: str) -> bool:
        """Whether a word's capitals can be right: a name, an abbreviation, or a word that is not known otherwise."""
        low = word.lower()
        return word == low or low in self.names or low not in self.words or word[1:] != word[1:].lower() or word == "I"

    def lower(self, phrase: str) -> str:
        """A phrase in lower case, names and abbreviations aside.

        >>> Vocabulary().lower("Analysis of the DNA of Russia")
        'analysis of the DNA of Russia'
        """
        return " ".join(word if self._may_stay(word) else word.lower() for word in phrase.split())

    def needless_capitals(self, phrase: str) -> list[str]:
        """The words of a phrase whose capitals look wrong; a phrase all in capitals ("High Court") is a name."""
        words = phrase.split()
        if len(words) > 1 and all(word[0].isupper() or len(word) <= 3 for word in words) and words[-1][0].isupper():
            return []
        return [word for word in words if not self._may_stay(word)]


@cache
def base_forms(word: str, pos: str) -> frozenset[str]:
    """Base forms that a word may be an inflected form of, itself among them if it is one; guessed if unknown.

    Args:
        word: A word, in lower case.
        pos: ``verb``, ``noun``, ``adjective``.

    Raises:
        DictionaryError: lemminflect is not installed.
    """
    known, guessed = _lemmas()
    upos = UPOS[pos]
    found = known(word, upos).get(upos)
    return frozenset(found or guessed(word, upos).get(upos, ()))


@cache
def known_base_forms(word: str, pos: str) -> frozenset[str]:
    """`base_forms` of a word that lemminflect's tables have as this part of speech; empty for others."""
    return frozenset(_lemmas()[0](word, UPOS[pos]).get(UPOS[pos], ()))


@cache
def _lemmas() -> tuple[Any, Any]:
    try:
        from lemminflect import getAllLemmas, getAllLemmasOOV
    except ImportError:
        raise DictionaryError("base forms", "they need lemminflect: pip install 'despin[lexicon]'") from None
    return getAllLemmas, getAllLemmasOOV
