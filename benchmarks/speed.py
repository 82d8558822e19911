"""Speed as ratios within one run: ``python benchmarks/speed.py [--corpus PLACE...]`` (``pip install -e '.[bench]'``).

Texts: clean news and academic text (held-out documents of the corpora, or the sound sides of the annotated passages
where there are none), heavily spun news (the annotated passages), news with curly quotes, texts of 1,000 characters and
articles of 4 KB one by one, all of them as one text, one long string; despin on one and two threads. Peers replace
10,000 phrases of despin's own dictionary. Rounds are interleaved, the table shows medians with least and most, as MB/s
and as a ratio to daachorse. Results go to ``benchmarks/results/speed.json`` with machine, versions and a hash of the
texts.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import math
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from peers import PEERS, installed

import despin
from despin.decode._model import Model
from despin.language.corpus import chunks, find_sources
from despin.learn.gold import read_passages
from despin.model.container import Container

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "speed.json"
NEWS = ("finescoop", "bbc", "fnc1", "ucsc")
ACADEMIC = ("arxiv",)
SIZE = 2_000_000  # characters of most texts
SPUN_SIZE = 150_000
WHILE = 0.3  # seconds: despin gets the texts of a round so often that it has as long; ten milliseconds are too few to
# time two threads, and tell more of caches that a peer has just filled than of a crawl
ROUNDS = 5
N_PHRASES = 10_000


def corpus_text(corpus: list[Path], names: tuple[str, ...], size: int) -> list[str]:
    """Documents of the sources whose names begin so, `size` characters in all."""
    found: list[str] = []
    sources = [source for source in find_sources(corpus) if source.name.startswith(names)]
    for source in sources:
        length = 0
        for chunk in chunks(source.path, size=500_000):
            for text in chunk.split("\n\n"):
                if length < size // len(sources):
                    found.append(text)
                    length += len(text)
            if length >= size // len(sources):
                break
    return found


def texts(corpus: list[Path], long: int) -> dict[str, list[str]]:
    """Named lists of articles."""
    passages = [p for path in sorted((HERE / "gold/train").glob("*.txt")) for p in read_passages(path)]
    heavy = [p for p in passages if p.meta.get("spin") == "heavy"]
    sound = [p.original for p in passages]
    news = corpus_text(corpus, NEWS, SIZE) if corpus else sound * (SIZE // sum(map(len, sound)) + 1)
    academic = corpus_text(corpus, ACADEMIC, SIZE) if corpus else [p.original for p in passages if "academic" in p.name]
    spun = ["\n\n".join(p.spun for p in heavy[at : at + 4]) for at in range(0, len(heavy), 4)]
    joined = "\n\n".join(news)
    one = (joined + "\n\n") * (long // len(joined) + 1)
    return {
        "clean news": news,
        "heavily spun news": _up_to(spun, SPUN_SIZE),
        "academic": academic,
        "curly quotes": [text.replace("'", "’").replace(' "', " “").replace('"', "”") for text in news],
        "short texts": [joined[at : at + 1000] for at in range(0, len(joined), 1000)],
        "4 KB articles": [joined[at : at + 4096] for at in range(0, len(joined), 4096)],
        "one text": [joined],
        "one long string": [one[:long]],
    }


def _up_to(parts: list[str], size: int) -> list[str]:
    taken: list[str] = []
    for part in parts:
        if sum(map(len, taken)) < size:
            taken.append(part)
    return taken


def phrases() -> dict[str, str]:
    """10,000 spun phrases of the dictionary, each with a replacement."""
    model = Model(Container(Path(despin.__file__).parent / "data" / "en.despin"))
    usable = [p for p in model.phrases() if p.isascii() and len(p) > 3]
    return dict.fromkeys(usable[:: max(1, len(usable) // N_PHRASES)][:N_PHRASES], "something")


def systems(peers: bool) -> dict[str, tuple[Callable[[list[str]], object], int | None]]:
    """What is timed: a function of a list of articles, and how much of each it is shown."""
    tool = despin.Repairer()

    def each(run: Callable[[str], object]) -> Callable[[list[str]], object]:
        return lambda articles: [run(text) for text in articles]

    found: dict[str, tuple[Callable[[list[str]], object], int | None]] = {
        "despin": (each(tool.repair), None),
        "despin repair_many, 1 thread": (lambda articles: list(tool.repair_many(articles, threads=1)), None),
        "despin repair_many, 2 threads": (lambda articles: list(tool.repair_many(articles, threads=2)), None),
    }
    pairs = phrases()
    for name, module, make, shown in PEERS if peers else ():
        if installed(module):
            found[name] = (each(make(pairs)), shown)
        else:
            print(f"{name}: not installed, left out")
    found["str.split"] = (each(str.split), None)
    return found


def measure(articles: list[str], timed: dict[str, Any], rounds: int) -> dict[str, list[float]]:
    """MB/s of every system in every round."""
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, (run, shown) in timed.items():
            given = articles if shown is None else [articles[0][:shown]]
            if name.startswith("despin") and len(given) > 1:
                given = given * _times(run, given)
            size = sum(len(text.encode()) for text in given) / 1e6
            start = time.perf_counter()
            run(given)
            rates.setdefault(name, []).append(size / (time.perf_counter() - start))
    return rates


def _times(run: Callable[[list[str]], object], given: list[str]) -> int:
    """How often the texts must be given to take a while."""
    start = time.perf_counter()
    run(given)
    return math.ceil(WHILE / (time.perf_counter() - start))


def versions() -> dict[str, str]:
    """Versions of what was timed."""
    found = {"python": platform.python_version(), "despin": despin.__version__}
    for name in (
        "daachorse",
        "ahocorasick_rs",
        "pyahocorasick",
        "hyperscan",
        "flashtext",
        "flashtext2",
        "symspellpy",
        "rapidfuzz",
        "kenlm",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """Processor and cores."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) if sys.platform == "linux" else None
    return f"{found[1] if found else platform.processor()} ({platform.machine()}), {os.cpu_count()} cores"


def main() -> int:
    """Time, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="*", default=[], help="text files (.txt, .gz, .zst) or folders")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--long", type=int, default=100_000_000, help="characters of the one long string")
    parser.add_argument("--only", nargs="*", help="names of texts")
    args = parser.parse_args()
    results: dict[str, Any] = {}
    timed = systems(True)
    for name, articles in texts(args.corpus, args.long).items():
        if args.only and name not in args.only:
            continue
        long = name == "one long string"
        chosen = {key: value for key, value in timed.items() if not long or key in ("despin", "daachorse", "str.split")}
        rates = measure(articles, chosen, min(args.rounds, 2) if long else args.rounds)
        digest = hashlib.sha256("\0".join(articles).encode()).hexdigest()
        results[name] = {"characters": sum(map(len, articles)), "sha256": digest, "megabytes_per_second": rates}
        base = statistics.median(rates.get("daachorse", rates["str.split"]))
        print(f"\n{name:32}{'MB/s':>9}{'least':>9}{'most':>9}{'x daachorse':>13}")
        for system, values in rates.items():
            middle = statistics.median(values)
            print(f"{system:32}{middle:9.3f}{min(values):9.3f}{max(values):9.3f}{middle / base:13.3f}", flush=True)
    about = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions()}
    if args.only and RESULTS.exists():  # one case again: the others stay
        results = {**json.loads(RESULTS.read_text("utf-8"))["texts"], **results}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**about, "texts": results}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
