"""Named baselines for `quality.py`: other ways to repair a text with the same dictionary and vocabulary."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

import despin
from despin.channel.overlay import RowTexts
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.model.container import Container
from despin.model.words import read_words
from despin.text import protect
from despin.text.render import draft

__all__ = ["Without", "baselines", "originals", "unigram_channel"]

MODEL = Path(despin.__file__).parent / "data" / "en.despin"
Repair = Callable[[str], str]


def originals() -> dict[str, str]:
    """The likeliest original of every spun phrase whose row has no condition, base forms as the dictionary has them."""
    best: dict[str, tuple[float, str]] = {}
    for row in RowTexts(Container(MODEL), []):
        if not row.context and (row.spun not in best or best[row.spun][0] < row.weight):
            best[row.spun] = (row.weight, row.original)
    return {spun: original for spun, (_weight, original) in best.items()}


def _flashtext() -> Repair:
    from flashtext import KeywordProcessor

    keywords = KeywordProcessor(case_sensitive=True)
    for spun, original in originals().items():
        # flashtext cannot delete: what the spinner inserted becomes a space
        keywords.add_keyword(spun, original or " ")
    return lambda text: str(keywords.replace_keywords(text))


def _aho_corasick() -> Repair:
    import ahocorasick_rs

    pairs = originals()
    spun = list(pairs)
    automaton = ahocorasick_rs.AhoCorasick(spun, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    word = re.compile(r"\w")

    def repair(text: str) -> str:
        pieces, at = [], 0
        for number, start, end in automaton.find_matches_as_indexes(text):
            inside = (start and word.match(text[start - 1])) or (end < len(text) and word.match(text[end]))
            if not inside:
                pieces += [text[at:start], pairs[spun[number]]]
                at = end
        return "".join([*pieces, text[at:]])

    return repair


def _symspell() -> Repair:
    """symspellpy's compound correction over the model's vocabulary with its unigram counts."""
    from symspellpy import SymSpell

    container = Container(MODEL)
    logp = struct.unpack(f"<{len(container.section('vocab.logp')) // 4}f", container.section("vocab.logp"))
    symspell = SymSpell(2, 7)
    for word, p in zip(read_words(container), logp, strict=True):
        if word.isalpha() and p < 0:
            symspell.create_dictionary_entry(word, max(1, int(1e9 * 2.718281828**p)))

    def repair(text: str) -> str:
        return "\n".join(
            symspell.lookup_compound(line, 2, transfer_casing=True)[0].term if line.strip() else line
            for line in text.split("\n")
        )

    return repair


class Without:
    """A model file without the sections whose names begin so; `no_ngrams`: with an empty table of n-grams."""

    def __init__(self, container: Container, prefix: str, *, no_ngrams: bool = False) -> None:
        self._container, self._prefix, self._no_ngrams = container, prefix, no_ngrams
        self.metadata = {**container.metadata, "ngram_buckets": 1} if no_ngrams else container.metadata
        self.damaged = container.damaged

    def __contains__(self, name: str) -> bool:
        return name in self._container and not name.startswith(self._prefix)

    def section(self, name: str) -> memoryview:
        return memoryview(bytes(64)) if self._no_ngrams and name == "ngrams" else self._container.section(name)


def unigram_channel() -> Repair:
    """The noisy channel with a unigram model: every edit on the best path with a posterior above one half is made."""
    container = Without(Container(MODEL), "embedding.", no_ngrams=True)
    decoder = Decoder(Model(container), None, container.metadata["decision"])
    posterior = 1  # its logit, among the features

    def repair(text: str) -> str:
        pieces, at = [], 0
        for start, end, _p, surface, _row, _own, _others, features in decoder(
            text, protect.spans(text), 1.0, detail=True
        )[3]:
            made = draft(text, start, end, surface)
            if made is not None and features is not None and features[posterior] > 0 and made.start >= at:
                pieces += [text[at : made.start], made.after]
                at = made.end
        return "".join([*pieces, text[at:]])

    return repair


def baselines() -> dict[str, Repair]:
    """Every baseline by name; flashtext and ahocorasick_rs come with the extra ``bench``."""
    return {
        "do nothing": lambda text: text,
        "dictionary without context (flashtext)": _flashtext(),
        "dictionary without context (ahocorasick_rs)": _aho_corasick(),
        "symspellpy lookup_compound": _symspell(),
        "channel with a unigram model": unigram_channel(),
    }
