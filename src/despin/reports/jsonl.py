"""Reports for programs: a JSON document, or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import despin
from despin.reports import Entry

__all__ = ["write_json", "write_jsonl"]


def write_jsonl(entries: Iterable[Entry], path: Path) -> None:
    """One entry a line."""
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as out:
        for entry in entries:
            out.write(json.dumps(entry.to_dict(), ensure_ascii=False) + "\n")


def write_json(entries: Iterable[Entry], path: Path) -> None:
    """``{"version": ..., "entries": [...]}``, an entry a line."""
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as out:
        out.write(f'{{"version": {json.dumps(despin.__version__)}, "entries": [')
        for number, entry in enumerate(entries):
            out.write((",\n" if number else "\n") + json.dumps(entry.to_dict(), ensure_ascii=False))
        out.write("\n]}\n")
