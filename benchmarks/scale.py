"""Cost against length of text, dictionary size and model size: ``python benchmarks/scale.py [--corpus PLACE...]``.

Nanoseconds a character (least of some rounds, interleaved) for sound and spun text of growing length, with more and
more rows of a user laid over the dictionary, and with n-gram tables made larger by repeating each bucket, which changes
no result. ``--stream`` sends as many megabytes through ``repair_many`` and tells how memory grew. Results, with date,
versions and a hash of the texts: ``benchmarks/results/scale.json``.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import resource
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from speed import machine, texts, versions

import despin
from despin.model.container import Container, write

RESULTS = Path(__file__).parent / "results" / "scale.json"
LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
ROWS = (0, 100, 1_000, 10_000)
COPIES = (1, 2, 4, 8)
LENGTH = 20_000  # characters of spun text where something else grows
ROUNDS = 3


def cost(cases: dict[str, tuple[Callable[[str], object], str]], rounds: int) -> dict[str, float]:
    """Nanoseconds of processor time a character."""
    least: dict[str, float] = {}
    for _ in range(rounds):
        for name, (run, text) in cases.items():
            start = time.process_time()
            run(text)
            spent = 1e9 * (time.process_time() - start) / len(text)
            least[name] = min(spent, least.get(name, spent))
    return {name: round(value, 1) for name, value in least.items()}


def rows(n: int) -> list[tuple[str, str]]:
    """Rows of a user: made-up words, so that results stay the same."""
    return [(f"{'xyzvwq'[k % 6]}ub{k:05d}".translate(LETTERS), "thing") for k in range(n)]


LETTERS = str.maketrans("0123456789", "abcdefghij")


def larger(copies: int, folder: Path) -> Path:
    """The model with an n-gram table of so many times the size: each bucket stands there so often, in a row."""
    model = Container(Path(despin.__file__).parent / "data/en.despin")
    sections = {name: bytes(model.section(name)) for name in model.names()}
    table = sections["ngrams"]
    sections["ngrams"] = b"".join(table[at : at + 64] * copies for at in range(0, len(table), 64))
    path = folder / f"{copies}.despin"
    write(path, {**model.metadata, "ngram_buckets": len(table) // 64 * copies}, sections)
    return path


def grown(spun: str, sound: str, rounds: int) -> dict[str, dict[str, float]]:
    """The three curves."""
    tool = despin.Repairer()
    given = spun[:LENGTH]
    tool.repair(given, spun=True)
    overlaid = {n: despin.Repairer(dictionaries=[rows(n)] if n else []) for n in ROWS}
    with tempfile.TemporaryDirectory() as folder:
        sized = {n: despin.Repairer(model=larger(n, Path(folder))) for n in COPIES}
        for repairer in (*overlaid.values(), *sized.values()):
            if repairer.repair(given, spun=True) != tool.repair(given, spun=True):
                raise RuntimeError("a larger dictionary or model changed the result")

        def spent(repairer: despin.Repairer) -> tuple[Callable[[str], object], str]:
            return (lambda text: repairer.repair(text, spun=True)), given

        megabytes = Path(folder, "1.despin").stat().st_size / 1e6
        table = len(Container(Path(folder, "1.despin")).section("ngrams")) / 1e6
        return {
            "characters of spun text": cost(
                {str(n): ((lambda t: tool.repair(t, spun=True)), spun[:n]) for n in LENGTHS}, rounds
            ),
            "characters of sound text": cost({str(n): (tool.repair, sound[:n]) for n in LENGTHS}, rounds),
            "rows of a user": cost({str(n): spent(repairer) for n, repairer in overlaid.items()}, rounds),
            "megabytes of model": cost(
                {f"{megabytes + (n - 1) * table:.0f}": spent(repairer) for n, repairer in sized.items()}, rounds
            ),
        }


def stream(articles: list[str], megabytes: int) -> dict[str, float]:
    """Send texts through `repair_many`; peak memory after a twentieth of them, and at the end."""
    tool = despin.Repairer()
    peaks: list[float] = []
    sent = 0

    def flow() -> Iterator[str]:
        nonlocal sent
        for number, article in enumerate(cycle(articles)):
            if sent >= megabytes * 1_000_000:
                return
            sent += len(article.encode())
            if number % 1000 == 0 and sent >= megabytes * 50_000:
                peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            yield article

    start = time.perf_counter()
    deque(tool.repair_many(flow(), threads=2), maxlen=0)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return {
        "megabytes": megabytes,
        "seconds": round(time.perf_counter() - start, 1),
        "peak_mb_after_a_twentieth": round(peaks[0], 1),
        "peak_mb_at_the_end": round(peaks[-1], 1),
    }


def main() -> int:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="*", default=[], help="text files (.txt, .gz, .zst) or folders")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--stream", type=int, metavar="MB", help="only this: send so much through repair_many")
    args = parser.parse_args()
    given = texts(args.corpus, 1000)
    news, heavy = given["clean news"], given["heavily spun news"]
    known: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    if args.stream:
        # one text in a hundred is spun, as in a crawl
        found: dict[str, Any] = {"stream": stream([*news, *heavy[: len(news) // 100]], args.stream)}
    else:
        spun, sound = ("\n\n".join(parts) for parts in (heavy, news))
        found = {"ns_a_character": grown(spun * (max(LENGTHS) // len(spun) + 1), sound, args.rounds)}
    print(json.dumps(found, indent=1))
    digest = hashlib.sha256("\0".join((*news, *heavy)).encode()).hexdigest()
    about = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions(), "sha256": digest}
    RESULTS.write_text(json.dumps({**known, **about, **found}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
