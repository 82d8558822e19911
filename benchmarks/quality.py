"""Quality on annotated passages, despin beside baselines: ``python benchmarks/quality.py``.

Baselines: leaving the text alone, the same dictionary applied without context (each phrase replaced by its most
frequent original), and symspellpy's ``lookup_compound``. Results go to ``benchmarks/results/quality.json`` with date,
versions and the checksum of the gold files.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import platform
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import score as scorer

import despin
from despin.channel.overlay import RowTexts
from despin.decode._model import Model
from despin.model.container import Container

HERE = Path(__file__).parent
GOLD = [HERE / "gold" / "dev.gold.txt", HERE.parent / "seeds" / "xi-visits-russia.gold.txt"]
RESULTS = HERE / "results" / "quality.json"
Repair = Callable[[str], str]


def context_free() -> Repair:
    """Every spun form of the dictionary replaced by its likeliest original, longest first, whatever stands around."""
    path = Path(despin.__file__).parent / "data" / "en.despin"
    container = Container(path)
    model = Model(container)
    best: dict[str, str] = {}
    for row in RowTexts(container, []):
        if not row.context:
            best.setdefault(row.spun, row.original)
    del model
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(best, key=len, reverse=True)))})(?!\w)")
    return lambda text: pattern.sub(lambda match: best[match[0]], text)


def spelling() -> Repair:
    """symspellpy's compound correction over the model's vocabulary with its unigram counts."""
    from symspellpy import SymSpell

    container = Container(Path(despin.__file__).parent / "data" / "en.despin")
    from despin.model.words import read_words

    logp = struct.unpack(f"<{len(container.section('vocab.logp')) // 4}f", container.section("vocab.logp"))
    symspell = SymSpell(2, 7)
    for word, p in zip(read_words(container), logp, strict=True):
        if word.isalpha() and p < 0:
            symspell.create_dictionary_entry(word, max(1, int(1e9 * 2.718281828**p)))

    def repair(text: str) -> str:
        return "\n".join(
            symspell.lookup_compound(line, 2, transfer_casing=True)[0].term if line.strip() else line
            for line in text.split("\n")
        )

    return repair


def systems() -> dict[str, Repair]:
    """Everything that is compared."""
    profiles = {
        f"despin ({p})": despin.Repairer(config=despin.Config.of(p)).repair for p in ("safe", "balanced", "eager")
    }
    return {
        "do nothing": lambda text: text,
        "dictionary without context": context_free(),
        "symspellpy lookup_compound": spelling(),
        **profiles,
    }


def main() -> int:
    """Run the comparison and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="*", type=Path, default=GOLD)
    parser.add_argument("--no-save", action="store_true", help="do not write the results file")
    args = parser.parse_args()
    figures = {name: scorer.score(args.gold, repair) for name, repair in systems().items()}
    columns = ("precision", "recall", "f05", "harm", "clean_harm")
    for file in [*(path.name for path in args.gold), "total"]:
        print(f"\n{file:34}" + "".join(f"{column:>12}" for column in columns))
        for name, report in figures.items():
            print(f"{name:34}" + "".join(f"{report[file][column]:>12}" for column in columns))
    if not args.no_save:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({**provenance(args.gold), "figures": figures}, indent=1) + "\n", "utf-8")
    return 0


def provenance(gold: list[Path]) -> dict[str, str]:
    """Date, versions and checksums behind a result."""
    return {
        "date": datetime.date.today().isoformat(),
        "despin": despin.__version__,
        "python": platform.python_version(),
        "gold_sha256": hashlib.sha256(b"".join(path.read_bytes() for path in gold)).hexdigest(),
    }


if __name__ == "__main__":
    sys.exit(main())
