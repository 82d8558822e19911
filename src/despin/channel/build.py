"""Build the model file from the sources of a checkout: ``python -m despin.channel.build``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from despin.channel.compile import build
from despin.errors import DespinError

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Compile dictionaries, learned tables and language model into ``en.despin``; 0 if it was written, 2 if not."""
    here = Path(__file__).resolve()
    parser = argparse.ArgumentParser(prog="python -m despin.channel.build", description=main.__doc__)
    parser.add_argument("--source", type=Path, default=here.parents[3], help="checkout with dictionaries/ and models/")
    parser.add_argument("-o", "--output", type=Path, default=here.parents[1] / "data" / "en.despin")
    args = parser.parse_args(argv)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    try:
        metadata = build(args.source / "dictionaries" / "en", args.source / "models", args.output)
    except (DespinError, OSError) as error:
        print(f"despin: {error}", file=sys.stderr)
        return 2
    print(f"{args.output.name}: {metadata['rows']} rows, {args.output.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
