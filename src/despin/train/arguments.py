"""What the training commands have in common: the corpus and how much each of its sources counts."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

__all__ = ["add_corpus", "read_weights"]


def add_corpus(parser: argparse.ArgumentParser) -> None:
    """The arguments ``corpus`` and ``--weights``."""
    parser.add_argument(
        "corpus",
        nargs="+",
        type=Path,
        help="folders or files: .txt, .txt.gz, .txt.zst; one paragraph a line, documents separated by blank lines",
    )
    parser.add_argument("--weights", type=Path, metavar="TSV", help="columns source, weight: how much a word counts")


def read_weights(path: Path | None) -> dict[str, float]:
    """Weights by source name.

    Raises:
        KeyError, ValueError: The table lacks a column or holds something else than numbers.
    """
    if path is None:
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {row["source"]: float(row["weight"]) for row in rows}
