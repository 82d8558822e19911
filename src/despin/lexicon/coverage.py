"""Coverage: the share of annotated slots that some row could repair, whatever the decoder then makes of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from despin.learn.gold import Passage, Slot
from despin.learn.learner import FROM_PASSAGES
from despin.learn.weights import Phrase, pairs_seen, phrase
from despin.lexicon.lexicon import Lexicon

__all__ = ["GROUPS", "Coverage", "SlotCovered", "Tally", "tally"]

_DIGITS = frozenset(map(str, range(2, 13)))  # what the built-in numerals spell out
_SEED = 5


@dataclass(frozen=True, slots=True)
class SlotCovered:
    """A slot of a passage, and whether a row has it."""

    passage: Passage
    slot: Slot
    covered: bool


@dataclass(slots=True)
class Tally:
    """Numbers of slots, and of those with a row."""

    required: int = 0
    required_covered: int = 0
    optional: int = 0
    optional_covered: int = 0

    def add(self, item: SlotCovered) -> None:
        """Count a slot."""
        if item.slot.required:
            self.required += 1
            self.required_covered += item.covered
        else:
            self.optional += 1
            self.optional_covered += item.covered


class Coverage:
    """Which slots the rows of a lexicon have.

    A slot is covered if for one of its accepted forms the pair (spun, accepted), as annotated or without the words
    that both sides share at their ends, is a written form of a row. Digits 2 to 12 are covered by built-in numerals.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._rows: dict[tuple[Phrase, Phrase], list[int]] = defaultdict(list)
        self._from_passages = frozenset(n for n, found in enumerate(lexicon.rows) if found.row.note == FROM_PASSAGES)
        for number, found in enumerate(lexicon.rows):
            for spun, original in lexicon.forms(found.row):
                self._rows[phrase(spun), phrase(original)].append(number)

    def slots(self, passages: Sequence[Passage]) -> Iterator[SlotCovered]:
        """Every slot of passages, with all rows."""
        return self._slots(passages, lambda number: True)

    def slots_in_folds(self, passages: Sequence[Passage], folds: int) -> Iterator[SlotCovered]:
        """Every slot of passages; rows which only annotated passages attest count if another fold attests them.

        This tells what the coverage of unseen passages of the same kind is: no passage counts for itself.
        """
        mixed = list(passages)
        random.Random(_SEED).shuffle(mixed)
        for fold in range(folds):
            seen = pairs_seen(p for n, p in enumerate(mixed) if n % folds != fold)
            alive = {number for pair in seen for number in self._rows.get(pair, ())}
            usable = alive.__contains__
            yield from self._slots(
                [p for n, p in enumerate(mixed) if n % folds == fold],
                lambda number, usable=usable: number not in self._from_passages or usable(number),  # type: ignore[misc]
            )

    def _slots(self, passages: Sequence[Passage], usable: Callable[[int], bool]) -> Iterator[SlotCovered]:
        for passage in passages:
            for slot in passage.slots:
                pairs = pairs_seen([replace(passage, slots=(slot,))])
                covered = any(usable(number) for pair in pairs for number in self._rows.get(pair, ()))
                numeral = passage.spun[slot.start : slot.end].strip() in _DIGITS
                yield SlotCovered(passage, slot, covered or numeral)


def _meta(name: str, default: str) -> Callable[[Passage], str]:
    return lambda passage: passage.meta.get(name, default)


# What slots can be counted by.
GROUPS: dict[str, Callable[[Passage], str]] = {
    "register": _meta("register", "unnamed"),
    "family": lambda p: p.meta.get("family") or ("academic" if "academic" in p.name else "news"),
    "spin": _meta("spin", "heavy"),
    "file": lambda p: p.name.rpartition("#")[0],
}


def tally(slots: Sequence[SlotCovered], by: Callable[[Passage], str]) -> dict[str, Tally]:
    """Numbers by a property of the passages, sorted by its value."""
    found: dict[str, Tally] = defaultdict(Tally)
    for item in slots:
        found[by(item.passage)].add(item)
    return dict(sorted(found.items()))
