"""Row weights from annotated passages: how often a spinner really wrote `spun` for `original`.

The estimate shrinks towards the weight an editor gave: ``(seen + K w) / (chances + K)``, where chances are the
occurrences of the original (spun or kept), each counting as much as its passage was spun.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from despin.channel.link import Entry, phrase_tokens
from despin.channel.rows import Row
from despin.learn.gold import Passage

__all__ = ["cuts", "family_of", "fit_weights", "pairs_seen", "phrase"]

# The editor's weight counts as much as this many chances.
_PRIOR_STRENGTH = 3.0
_RATES = {"heavy": 0.8, "light": 0.35, "none": 0.0}
_LEAST = 0.001
_MOST = 0.95
_DEFAULT_FAMILY = "news"

Phrase = tuple[str, ...]


def fit_weights(rows: Sequence[Row], forms: Iterable[Entry], passages: Iterable[Passage]) -> list[Row]:
    """The rows with weights fitted to passages; linear in their text.

    `forms` are the written forms of the rows (`despin.channel.compile.entries`).
    """
    pairs: dict[tuple[Phrase, Phrase], list[int]] = defaultdict(list)
    originals: dict[Phrase, set[int]] = defaultdict(set)
    for form in forms:
        spun, original = phrase(form.spun), phrase(form.original)
        pairs[spun, original].append(form.row)
        originals[original].add(form.row)
    seen: dict[int, float] = defaultdict(float)
    chances: dict[int, float] = defaultdict(float)
    for passage in passages:
        family = family_of(passage)
        rate = _RATES.get(passage.meta.get("spin", "heavy"), 0.0)
        if rate:
            _count_chances(passage, rate, family, rows, originals, chances)
            _count_seen(passage, family, rows, pairs, seen)
    return [
        replace(row, weight=_rounded((seen[n] + _PRIOR_STRENGTH * row.weight) / (chances[n] + _PRIOR_STRENGTH)))
        for n, row in enumerate(rows)
    ]


def family_of(passage: Passage) -> str:
    """The spinner family of a passage, by its metadata or its file's name."""
    return passage.meta.get("family") or ("academic" if "academic" in passage.name else _DEFAULT_FAMILY)


def phrase(text: str) -> Phrase:
    """The tokens of a phrase, a and an taken as one word."""
    return tuple("a" if word == "an" else word for word in phrase_tokens(text))


def _rounded(weight: float) -> float:
    return float(f"{min(_MOST, max(_LEAST, weight)):.2g}")


def _count_chances(
    passage: Passage,
    rate: float,
    family: str,
    rows: Sequence[Row],
    originals: dict[Phrase, set[int]],
    chances: dict[int, float],
) -> None:
    tokens = phrase(passage.original)
    for start in range(len(tokens)):
        for length in range(1, 6):
            for number in originals.get(tokens[start : start + length], ()):
                if rows[number].family in (family, "any"):
                    chances[number] += passage.evidence * rate


def _count_seen(
    passage: Passage,
    family: str,
    rows: Sequence[Row],
    pairs: dict[tuple[Phrase, Phrase], list[int]],
    seen: dict[int, float],
) -> None:
    for slot in passage.slots:
        spun = phrase(passage.spun[slot.start : slot.end])
        for rank, accepted in enumerate(slot.accepted):
            original = phrase(accepted)
            for cut_spun, cut_original in cuts(spun, original):
                for number in set(pairs.get((cut_spun, cut_original), ())):
                    if rows[number].family in (family, "any"):
                        seen[number] += passage.evidence * (1.0 if rank == 0 else 0.2)


def pairs_seen(passages: Iterable[Passage]) -> set[tuple[Phrase, Phrase]]:
    """Every (spun, accepted) pair annotated in the passages."""
    return {
        cut
        for passage in passages
        for slot in passage.slots
        for accepted in slot.accepted
        for cut in cuts(phrase(passage.spun[slot.start : slot.end]), phrase(accepted))
    }


def cuts(spun: Phrase, original: Phrase) -> list[tuple[Phrase, Phrase]]:
    """The pair as annotated, and without the words both sides share at their ends."""
    result = [(spun, original)]
    while len(spun) > 1 and len(original) > 1 and spun[0] == original[0]:
        spun, original = spun[1:], original[1:]
        result.append((spun, original))
    while len(spun) > 1 and len(original) > 1 and spun[-1] == original[-1]:
        spun, original = spun[:-1], original[:-1]
        result.append((spun, original))
    return result
