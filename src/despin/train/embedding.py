"""Train context embeddings for a language model: ``python -m despin.train.embedding CORPUS... --model LM -o FILE``."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from despin.channel.rows import read_folder
from despin.errors import DespinError
from despin.language.corpus import find_sources
from despin.language.embedding import EmbeddingSettings, train_embedding
from despin.train.arguments import add_corpus, read_weights


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 when the embeddings were written, 2 when not."""
    defaults = EmbeddingSettings()
    parser = argparse.ArgumentParser(prog="python -m despin.train.embedding", description=__doc__)
    add_corpus(parser)
    parser.add_argument("--model", type=Path, required=True, help="language model whose vocabulary is used")
    parser.add_argument("--dictionaries", type=Path, required=True, help="dictionaries: which words are confused")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.add_argument("--dim", type=int, default=defaults.dim, help="dimensions (default %(default)s)")
    parser.add_argument("--words", type=int, default=defaults.words, help="words with a vector (default %(default)s)")
    parser.add_argument("--passes", type=float, default=defaults.passes, help="over the corpus (default %(default)s)")
    args = parser.parse_args(argv)
    try:
        sources = find_sources(args.corpus, read_weights(args.weights))
        settings = EmbeddingSettings(dim=args.dim, words=args.words, passes=args.passes)
        train_embedding(sources, args.model, read_folder(args.dictionaries), args.output, settings)
    except (DespinError, OSError, KeyError, ValueError) as error:
        print(f"despin.train.embedding: {error}", file=sys.stderr)
        return 2
    digest = hashlib.sha256(args.output.read_bytes()).hexdigest()
    print(f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
