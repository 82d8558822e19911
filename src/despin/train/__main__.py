"""Train the language model from a folder of text: ``python -m despin.train CORPUS... -o FILE``."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from despin.channel.inflect import inflections
from despin.channel.link import phrase_tokens
from despin.channel.rows import read_folder
from despin.errors import DespinError
from despin.language.corpus import find_sources
from despin.language.train import Settings, train
from despin.train.arguments import add_corpus, read_weights


def _words(dictionaries: Path | None) -> set[str]:
    """Every word of the dictionaries' rows, in all its forms."""
    if dictionaries is None:
        return set()
    pairs = (pair for row in read_folder(dictionaries) for pair in inflections(row, lambda word: True))
    return {word for pair in pairs for text in pair for word in phrase_tokens(text)}


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 when the model was written, 2 when not."""
    parser = argparse.ArgumentParser(prog="python -m despin.train", description=__doc__)
    add_corpus(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the language model file to write")
    parser.add_argument(
        "--dictionaries",
        type=Path,
        metavar="FOLDER",
        help="dictionaries whose words are kept in the vocabulary whatever their rank",
    )
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
        sources = find_sources(args.corpus, read_weights(args.weights))
        settings = Settings(args.words, args.names, args.buckets, frozenset(_words(args.dictionaries)))
        train(sources, args.output, settings)
    except (DespinError, OSError, KeyError, ValueError) as error:
        print(f"despin.train: {error}", file=sys.stderr)
        return 2
    digest = hashlib.sha256(args.output.read_bytes()).hexdigest()
    print(f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
