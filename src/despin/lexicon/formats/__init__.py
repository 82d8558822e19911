"""Formats that dictionaries are imported from. A reader takes a text and gives `Pair` and `Skipped` items in order."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Item", "Pair", "Skipped"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A (spun, original) pair as it stands in the source; `weight` None: the source does not tell."""

    line: int
    spun: str
    original: str
    note: str = ""
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line, or a part of one, that gives no pair, and why."""

    line: int
    reason: str


Item = Pair | Skipped
