"""Train the language model from a folder of text: ``python -m despin.train CORPUS... -o FILE``."""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from pathlib import Path

from despin.errors import DespinError
from despin.language.corpus import find_sources
from despin.language.train import Settings, train


def _weights(path: Path | None) -> dict[str, float]:
    if path is None:
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {row["source"]: float(row["weight"]) for row in rows}


def _words(path: Path | None) -> set[str]:
    return set(path.read_text("utf-8").split()) if path else set()


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 when the model was written, 2 when not."""
    parser = argparse.ArgumentParser(prog="python -m despin.train", description=__doc__)
    parser.add_argument(
        "corpus",
        nargs="+",
        type=Path,
        help="folders or files: .txt, .txt.gz, .txt.zst; one paragraph a line, documents separated by blank lines",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="the language model file to write")
    parser.add_argument("--weights", type=Path, metavar="TSV", help="columns source, weight: how much a word counts")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="words kept in the vocabulary whatever their rank")
    parser.add_argument(
        "--words", type=int, default=Settings.words, help="size of the vocabulary (default %(default)s)"
    )
    parser.add_argument("--names", type=int, default=Settings.names, help="of these, names (default %(default)s)")
    parser.add_argument(
        "--buckets",
        type=int,
        default=Settings.buckets,
        help="size of the n-gram table in buckets of 64 bytes (default %(default)s)",
    )
    args = parser.parse_args(argv)
    try:
        sources = find_sources(args.corpus, _weights(args.weights))
        settings = Settings(args.words, args.names, args.buckets, frozenset(_words(args.keep)))
        train(sources, args.output, settings)
    except (DespinError, OSError, KeyError, ValueError) as error:
        print(f"despin.train: {error}", file=sys.stderr)
        return 2
    digest = hashlib.sha256(args.output.read_bytes()).hexdigest()
    print(f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
