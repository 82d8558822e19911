"""Plain lists: ``spun<TAB>original``, maybe a weight after them, maybe with the column names of a dictionary."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from despin.lexicon.formats import Item, Pair, Skipped

__all__ = ["read"]


def read(text: str) -> Iterator[Item]:
    """The pairs of a list: cells may be quoted; lines that begin with ``#`` are comments.

    >>> list(read("# mine\\ncommence\\tbegin"))
    [Pair(line=2, spun='commence', original='begin', note='', weight=None)]
    """
    columns = ["spun", "original", "weight"]
    first = True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            cells = next(csv.reader([line], delimiter="\t", strict=True))
        except csv.Error as error:
            yield Skipped(number, f"quotation marks do not fit: {error}")
            continue
        names = [cell.strip().lower() for cell in cells]
        if first and "spun" in names and "original" in names:
            columns = names
        elif len(cells) < 2:
            yield Skipped(number, "no tab between spun and original")
        else:
            yield _pair(number, dict(zip(columns, cells, strict=False)))
        first = False


def _pair(number: int, cells: dict[str, str]) -> Item:
    weight = cells.get("weight", "").strip()
    try:
        value = float(weight) if weight else None
    except ValueError:
        return Skipped(number, "the weight is not a number")
    return Pair(number, cells.get("spun", ""), cells.get("original", ""), cells.get("note", ""), value)
