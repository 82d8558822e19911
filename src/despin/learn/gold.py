"""Annotated passages: what was spun, and what every slot may be repaired to.

``[[spun=>original|other accepted]]`` must be repaired, ``[[spun~>original|other]]`` may be; passages are separated by
lines holding only ``%%`` and begin with ``# key: value`` lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["AT_RISK", "LISTED", "SYNTHETIC", "Passage", "Slot", "read_passages"]

LISTED = "listed"  # the source of a passage whose writer had a list of frequent swaps
AT_RISK = "at-risk"  # of a sound text of the kinds most easily mistaken
SYNTHETIC = "synthetic"  # of one spun with the project's own channel
_SLOT = re.compile(r"\[\[(.*?)([=~])>(.*?)\]\]", re.DOTALL)
_REAL = 15.0
_META = re.compile(r"(?m)^# (\w+): (.*)\n?")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the spun text: offsets, whether a repair is required, and the accepted forms, the original first."""

    start: int
    end: int
    required: bool
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage: its name, metadata, both sides and the slots (offsets in `spun`, sorted)."""

    name: str
    spun: str
    original: str
    slots: tuple[Slot, ...]
    meta: dict[str, str] = field(default_factory=dict)

    @property
    def hand(self) -> str:
        """Whose swaps they are: the passages of a file have one spinner; where nobody chose any, the passage's name."""
        return self.name if self.source == SYNTHETIC or not self.slots else self.name.split("#")[0]

    @property
    def source(self) -> str:
        """``real``, `LISTED`, `AT_RISK`, `SYNTHETIC`, or nothing: composed after the habits of spinners."""
        return self.meta.get("source", "")

    @property
    def evidence(self) -> float:
        """How much it counts beside others: a real spun article more than one composed after their habits.

        One spun with the project's own channel tells nothing of spinners, nor does one that is at risk: there the
        spinners' words are in place.
        """
        return {"real": _REAL, SYNTHETIC: 0.0, AT_RISK: 0.0}.get(self.source, 1.0)


def read_passages(path: Path) -> Iterator[Passage]:
    """The passages of a file, in order."""
    for number, block in enumerate(re.split(r"(?m)^%%\s*$", path.read_text("utf-8"))):
        meta = dict(_META.findall(block))
        marked = _META.sub("", block).strip()
        if marked:
            yield _parse(f"{path.name}#{number}", marked, meta)


def _parse(name: str, marked: str, meta: dict[str, str]) -> Passage:
    spun, original, slots = [], [], []
    length = last = 0
    for match in _SLOT.finditer(marked):
        plain = marked[last : match.start()]
        accepted = tuple(match[3].split("|"))
        spun += [plain, match[1]]
        original += [plain, accepted[0]]
        start = length + len(plain)
        length = start + len(match[1])
        slots.append(Slot(start, length, match[2] == "=", accepted))
        last = match.end()
    tail = marked[last:]
    return Passage(name, "".join(spun) + tail, "".join(original) + tail, tuple(slots), meta)
