"""What was learned about rows, as two small tables beside the language model: weights, and how reliable forms are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from pathlib import Path
from typing import NamedTuple

from despin.channel.link import Entry
from despin.channel.rows import Row

__all__ = ["Fitted", "Reliability", "hands_code", "read_fitted", "write_fitted"]

RowKey = tuple[str, str, str, str]
_MOST_HANDS = 15  # as a code: four bits


class Reliability(NamedTuple):
    """What annotated passages say of a written form: log odds that it is right, relative to the average one, and in how
    many hands' passages it was right, and wrong (0 to 15, see `hands_code`)."""

    log_odds: float = 0.0
    hands: int = 0
    against: int = 0


def hands_code(hands: float) -> int:
    """How many spinners' hands, as it is kept: 3 log2 (1 + n), rounded, 15 at most.

    >>> [hands_code(n) for n in (0, 1, 2, 5, 31, 100)]
    [0, 3, 5, 8, 15, 15]
    """
    return min(_MOST_HANDS, round(3 * log2(1 + hands)))


_UNKNOWN = Reliability()


@dataclass(frozen=True)
class Fitted:
    """Learned values.

    Attributes:
        weights: P(spun | original) by (spun, original, pos, family), where it differs from the dictionary's.
        reliability: Whether a written (spun, original) pair is right; with an empty original: whether the spun form was
            spun at all.
    """

    weights: Mapping[RowKey, float] = field(default_factory=dict)
    reliability: Mapping[tuple[str, str], Reliability] = field(default_factory=dict)

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """The rows with their learned weights."""
        return [replace(row, weight=self.weights.get(_key(row), row.weight)) for row in rows]

    def entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """The written forms with what is known of their reliability."""
        return [self._entry(entry) for entry in entries]

    def _entry(self, entry: Entry) -> Entry:
        pair = self.reliability.get((entry.spun, entry.original), _UNKNOWN)
        mark = self.reliability.get((entry.spun, ""), _UNKNOWN)
        return replace(
            entry,
            reliability=pair.log_odds,
            mark=mark.log_odds,
            hands=pair.hands << 4 | mark.hands,
            against=pair.against << 4 | mark.against,
        )


def _key(row: Row) -> RowKey:
    return row.spun, row.original, row.pos, row.family


def write_fitted(
    folder: Path, before: Sequence[Row], after: Sequence[Row], reliability: Mapping[tuple[str, str], Reliability]
) -> None:
    """Write ``weights.tsv`` and ``reliability.tsv``."""
    weights = sorted(
        (*_key(new), f"{new.weight:g}") for old, new in zip(before, after, strict=True) if old.weight != new.weight
    )
    _write(folder / "weights.tsv", "spun\toriginal\tpos\tfamily\tweight", weights)
    values = sorted(
        (*key, f"{known.log_odds:.2f}", f"{known.hands}", f"{known.against}")
        for key, known in reliability.items()
        if abs(known.log_odds) >= 0.005 or known.hands or known.against
    )
    _write(folder / "reliability.tsv", "spun\toriginal\tlog_odds\thands\tagainst", values)


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
        {(s, o): Reliability(float(x), int(n), int(m)) for s, o, x, n, m in _read(folder / "reliability.tsv")},
    )
