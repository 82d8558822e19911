"""Reports for programs: a JSON document, or one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import despin
from despin.jsontext import dumps
from despin.reports import Entry

__all__ = ["write_json", "write_jsonl"]


def write_jsonl(entries: Iterable[Entry], path: Path) -> None:
    """One entry a line."""
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(dumps(entry.to_dict()) + "\n" for entry in entries)


def write_json(entries: Iterable[Entry], path: Path) -> None:
    """``{"version": ..., "entries": [...]}``, an entry a line."""
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(f'{{"version": {dumps(despin.__version__)}, "entries": [')
        for number, entry in enumerate(entries):
            out.write((",\n" if number else "\n") + dumps(entry.to_dict()))
        out.write("\n]}\n")
