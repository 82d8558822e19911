"""Speed as ratios within one run: ``python benchmarks/speed.py [FILE...]``.

Texts: the annotated passages (clean and spun side), or the files given, repeated to about 2 MB. Peers: a compiled
regular expression over the same phrases, and `str.split` as a yardstick. Rounds are interleaved; the table shows
medians with least and most. Results go to ``benchmarks/results/speed.json``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import despin
from despin.decode._model import Model
from despin.learn.gold import read_passages
from despin.model.container import Container

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "speed.json"
SIZE = 2_000_000
ROUNDS = 5


def texts(files: list[Path]) -> dict[str, list[str]]:
    """Named lists of articles of about 2 MB in all."""
    if files:
        return {path.name: [path.read_text("utf-8")] for path in files}
    passages = [p for path in sorted((HERE / "gold/train").glob("*.txt")) for p in read_passages(path)]
    heavy = [p for p in passages if p.meta.get("spin") == "heavy"]
    return {"clean": _fill([p.original for p in heavy]), "spun": _fill([p.spun for p in heavy])}


def _fill(parts: list[str]) -> list[str]:
    return parts * max(1, SIZE // sum(map(len, parts)))


def systems() -> dict[str, Callable[[str], object]]:
    """What is timed."""
    model = Model(Container(Path(despin.__file__).parent / "data" / "en.despin"))
    phrases = sorted((p for p in model.phrases() if p.isascii()), key=len, reverse=True)[:10_000]
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b")
    return {
        "despin.repair": despin.Repairer().repair,
        "despin.spin_score": despin.Repairer().spin_score,
        "re, 10,000 phrases": lambda text: pattern.sub("x", text),
        "str.split": str.split,
    }


def main() -> int:
    """Time, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    args = parser.parse_args()
    results: dict[str, dict[str, list[float]]] = {}
    for name, articles in texts(args.files).items():
        size = sum(len(text.encode()) for text in articles) / 1e6
        timed: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for system, run in systems().items():
                start = time.perf_counter()
                for text in articles:
                    run(text)
                timed.setdefault(system, []).append(size / (time.perf_counter() - start))
        results[name] = timed
        base = statistics.median(timed["re, 10,000 phrases"])
        print(f"\n{name:24}{'MB/s':>9}{'least':>9}{'most':>9}{'x re':>9}")
        for system, rates in timed.items():
            middle = statistics.median(rates)
            print(f"{system:24}{middle:9.2f}{min(rates):9.2f}{max(rates):9.2f}{middle / base:9.2f}")
    RESULTS.parent.mkdir(exist_ok=True)
    about = {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "despin": despin.__version__,
    }
    RESULTS.write_text(json.dumps({**about, "megabytes_per_second": results}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
