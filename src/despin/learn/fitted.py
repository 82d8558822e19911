"""What was learned about rows, as two small tables beside the language model: weights, and how reliable forms are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from despin.channel.link import Entry
from despin.channel.rows import Row

__all__ = ["Fitted", "read_fitted", "write_fitted"]

RowKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Fitted:
    """Learned values.

    Attributes:
        weights: P(spun | original) by (spun, original, pos, family), where it differs from the dictionary's.
        reliability: Log odds, relative to the average row, that a written (spun, original) pair is right; with an
            empty original: that the spun form was spun at all.
    """

    weights: Mapping[RowKey, float] = field(default_factory=dict)
    reliability: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """The rows with their learned weights."""
        return [replace(row, weight=self.weights.get(_key(row), row.weight)) for row in rows]

    def entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """The written forms with what is known of their reliability."""
        get = self.reliability.get
        return [replace(e, reliability=get((e.spun, e.original), 0.0), mark=get((e.spun, ""), 0.0)) for e in entries]


def _key(row: Row) -> RowKey:
    return row.spun, row.original, row.pos, row.family


def write_fitted(
    folder: Path, before: Sequence[Row], after: Sequence[Row], reliability: Mapping[tuple[str, str], float]
) -> None:
    """Write ``weights.tsv`` and ``reliability.tsv``."""
    weights = sorted(
        (*_key(new), f"{new.weight:g}") for old, new in zip(before, after, strict=True) if old.weight != new.weight
    )
    _write(folder / "weights.tsv", "spun\toriginal\tpos\tfamily\tweight", weights)
    values = sorted((*key, f"{value:.2f}") for key, value in reliability.items() if abs(value) >= 0.005)
    _write(folder / "reliability.tsv", "spun\toriginal\tlog_odds", values)


def _write(path: Path, header: str, rows: Iterable[Sequence[str]]) -> None:
    lines = ["# Learned by python -m despin.learn; do not edit.", header, *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _read(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    return [line.split("\t") for line in path.read_text("utf-8").split("\n")[2:] if line]


def read_fitted(folder: Path) -> Fitted:
    """The learned values of a folder; empty where a file is missing."""
    return Fitted(
        {(s, o, pos, family): float(w) for s, o, pos, family, w in _read(folder / "weights.tsv")},
        {(s, o): float(value) for s, o, value in _read(folder / "reliability.tsv")},
    )
