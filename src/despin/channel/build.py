"""Build the model file from the sources of a checkout: ``python -m despin.channel.build``."""

from __future__ import annotations

import sys
from pathlib import Path

from despin.channel.compile import build
from despin.errors import DespinError

__all__ = ["main"]


def main() -> int:
    """Write ``src/despin/data/en.despin`` from dictionaries, language model and decision weights."""
    root = Path(__file__).resolve().parents[3]
    output = root / "src" / "despin" / "data" / "en.despin"
    output.parent.mkdir(exist_ok=True)
    try:
        metadata = build(root / "dictionaries" / "en", root / "models", output)
    except (DespinError, OSError) as error:
        print(f"despin: {error}", file=sys.stderr)
        return 2
    print(f"{output.name}: {metadata['rows']} rows, {output.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
