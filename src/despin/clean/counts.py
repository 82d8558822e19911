"""What a run did, in numbers that add up."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Counts"]

_DETAILS = re.compile(r" \([^)]*\)|[:;].*", re.DOTALL)
_NUMBER = re.compile(r"\d[\d,]*")


@dataclass(slots=True)
class Counts:
    """Numbers of records, but for the last three.

    ``records == changed + unchanged + without_text + left_out + rejected``.

    Attributes:
        records: Read.
        changed, unchanged: Written with other texts, and as they were.
        without_text: Written as they were since there is no text in them (for articles of a WARC: not written).
        left_out: Not asked for (``--only-score --keep``).
        rejected: Could not be handled.
        spun: Taken for spun, whatever became of them.
        missing: Those without text that lack the fields altogether.
        edits, characters: Repairs made; length of all texts in code points.
        reasons: How often records were rejected for what.
    """

    records: int = 0
    changed: int = 0
    unchanged: int = 0
    without_text: int = 0
    left_out: int = 0
    rejected: int = 0
    spun: int = 0
    missing: int = 0
    edits: int = 0
    characters: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Add those of another part of the run."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)

    def reject(self, reason: str) -> None:
        """Count a reject under its reason without the details."""
        self.rejected += 1
        self.reasons[_NUMBER.sub("N", _DETAILS.sub("", reason))] += 1

    @property
    def accounted(self) -> int:
        """The records of which it is known what became of them."""
        return self.changed + self.unchanged + self.without_text + self.left_out + self.rejected

    def to_dict(self) -> dict[str, Any]:
        """For the state of a run, and for ``--json``."""
        return {**{name: getattr(self, name) for name in _NUMBERS}, "reasons": dict(self.reasons.most_common())}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Counts:
        """What `to_dict` gave."""
        return cls(**{**data, "reasons": Counter(data["reasons"])})


_NUMBERS = [name for name in Counts.__dataclass_fields__ if name != "reasons"]
