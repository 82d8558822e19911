"""What despin is timed against: exact find-and-replace of the same phrases, and libraries for damaged text.

Each maker gives a function from a text to its repaired copy, or None where the library is not installed. Matches must
end at word boundaries, as a replacement that cuts words would be of no use. All ignore context but `lookup_compound`
and KenLM, which scores text and repairs nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from math import log10
from pathlib import Path

__all__ = ["PEERS", "Peer"]

Peer = Callable[[str], object]
Pairs = dict[str, str]


def _replacer(find: Callable[[str], list[tuple[int, int, int]]], values: list[str]) -> Peer:
    """Replace the matches (number, start, end) that stand between word boundaries."""

    def run(text: str) -> str:
        lower = text.lower()
        if len(lower) != len(text):
            lower = text
        pieces, last = [], 0
        for number, start, end in find(lower):
            free = (start == 0 or not lower[start - 1].isalnum()) and (end == len(lower) or not lower[end].isalnum())
            if start >= last and free:
                pieces += (text[last:start], values[number])
                last = end
        pieces.append(text[last:])
        return "".join(pieces)

    return run


def _daachorse(pairs: Pairs) -> Peer:
    import daachorse

    machine = daachorse.CharwiseDoubleArrayAhoCorasick(list(pairs), match_kind=daachorse.MATCH_KIND_LEFTMOST_LONGEST)
    return _replacer(lambda text: [(n, a, b) for a, b, n in machine.find(text)], list(pairs.values()))


def _ahocorasick_rs(pairs: Pairs) -> Peer:
    import ahocorasick_rs as rs

    machine = rs.AhoCorasick(list(pairs), matchkind=rs.MatchKind.LeftmostLongest)
    return _replacer(machine.find_matches_as_indexes, list(pairs.values()))


def _pyahocorasick(pairs: Pairs) -> Peer:
    import ahocorasick

    machine = ahocorasick.Automaton()
    for number, phrase in enumerate(pairs):
        machine.add_word(phrase, (number, len(phrase)))
    machine.make_automaton()

    def find(text: str) -> list[tuple[int, int, int]]:
        return [(n, at + 1 - length, at + 1) for at, (n, length) in machine.iter_long(text)]

    return _replacer(find, list(pairs.values()))


def _hyperscan(pairs: Pairs) -> Peer:
    import hyperscan

    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SOM_LEFTMOST
    expressions = [rf"\b{re.escape(phrase)}\b".encode() for phrase in pairs]
    database.compile(expressions=expressions, ids=list(range(len(pairs))), flags=[flags] * len(pairs))
    values = [value.encode() for value in pairs.values()]

    def run(text: str) -> str:
        raw = text.encode()
        found: list[tuple[int, int, int]] = []
        database.scan(raw, match_event_handler=lambda n, a, b, _f, _c: found.append((a, -b, n)))
        pieces, last = [], 0
        for start, end, number in sorted(found):
            if start >= last:
                pieces += (raw[last:start], values[number])
                last = -end
        pieces.append(raw[last:])
        return b"".join(pieces).decode()

    return run


def _flashtext(pairs: Pairs) -> Peer:
    from flashtext import KeywordProcessor

    machine = KeywordProcessor()
    for phrase, value in pairs.items():
        machine.add_keyword(phrase, value)
    replace: Peer = machine.replace_keywords
    return replace


def _flashtext2(pairs: Pairs) -> Peer:
    from flashtext2 import KeywordProcessor

    machine = KeywordProcessor(case_sensitive=False)
    for phrase, value in pairs.items():
        machine.add_keyword(phrase, value)
    replace: Peer = machine.replace_keywords
    return replace


def _re(pairs: Pairs) -> Peer:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(pairs, key=len, reverse=True)))})\b")
    return lambda text: pattern.sub(lambda match: pairs[match[0]], text)


def _symspellpy(pairs: Pairs) -> Peer:
    from symspellpy import SymSpell

    speller = SymSpell()
    for word in {word for phrase in (*pairs, *pairs.values()) for word in phrase.split()}:
        speller.create_dictionary_entry(word, 100)
    return lambda text: [speller.lookup_compound(line, 2) for line in text[:2000].split(". ")]


def _rapidfuzz(pairs: Pairs) -> Peer:
    from rapidfuzz import process

    choices = list(pairs)
    return lambda text: [process.extractOne(word, choices) for word in text[:500].split()]


def _kenlm(_pairs: Pairs) -> Peer:
    """KenLM's score of each line under a trigram model of the annotated passages: no repair, only the look-ups."""
    import tempfile

    import kenlm

    from despin.learn.gold import read_passages

    gold = Path(__file__).parent / "gold/train"
    words = [word for path in sorted(gold.glob("*.txt")) for p in read_passages(path) for word in p.original.split()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "passages.arpa")
        path.write_text(_arpa(words), "utf-8")
        model = kenlm.Model(str(path))
    return lambda text: [model.score(line) for line in text.split("\n")]


def _arpa(words: list[str]) -> str:
    """Relative frequencies of n-grams up to three, as KenLM reads them: good enough to be looked up."""
    total = len(words)
    orders = [Counter(zip(*(words[at:] for at in range(n)), strict=False)) for n in (1, 2, 3)]
    for special in ("<unk>", "<s>", "</s>"):
        orders[0].setdefault((special,), 1)
    lines = ["\\data\\", *(f"ngram {n}={len(grams)}" for n, grams in enumerate(orders, 1)), ""]
    for n, grams in enumerate(orders, 1):
        backoff = "\t-0.3" if n < 3 else ""
        counted = (f"{log10(count / total):.4f}\t{' '.join(g)}{backoff}" for g, count in grams.items())
        lines += [f"\\{n}-grams:", *counted, ""]
    return "\n".join((*lines, "\\end\\", ""))


# name, module, maker, and of how many characters of a text it is shown (None: all; the others would take hours)
PEERS: tuple[tuple[str, str, Callable[[Pairs], Peer], int | None], ...] = (
    ("daachorse", "daachorse", _daachorse, None),
    ("ahocorasick_rs", "ahocorasick_rs", _ahocorasick_rs, None),
    ("pyahocorasick", "ahocorasick", _pyahocorasick, None),
    ("hyperscan", "hyperscan", _hyperscan, None),
    ("flashtext", "flashtext", _flashtext, None),
    ("flashtext2", "flashtext2", _flashtext2, None),
    ("re", "re", _re, 20_000),
    ("symspellpy lookup_compound", "symspellpy", _symspellpy, 2000),
    ("rapidfuzz extractOne", "rapidfuzz", _rapidfuzz, 500),
    ("KenLM score", "kenlm", _kenlm, None),
)


def installed(module: str) -> bool:
    """Whether a module can be imported here."""
    return find_spec(module) is not None
