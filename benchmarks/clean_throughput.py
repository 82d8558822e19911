"""Throughput of ``despin clean`` against `repair_many`: ``python benchmarks/clean_throughput.py [--size 1g]``.

Makes a JSON Lines file of articles of which a tenth is spun, and measures in one run, over the same records:

* `despin.repair_many` over the texts in memory, on as many threads as there are processors, half of it before and
  half of it after the other, so that a change of load on the machine meets both, and
* ``despin clean`` from file to file, with the peak memory of its process tree, sampled four times a second: the
  proportional set size (pages shared by processes counted once) and the plain sum of resident sets.

Processor time is given too: it tells more than the clock where the machine is busy with something else.

Articles are the clean sides of annotated passages, or the texts of ``--corpus FILE...`` (JSON Lines with a field
``text``, or plain text with blank lines between articles). They are spun by dictionary rows read backwards. Results go
to ``benchmarks/results/clean_throughput.json``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import despin
from despin.channel.rows import read_folder
from despin.learn.gold import read_passages

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "clean_throughput.json"
SPUN = 0.1
RATE = 0.6  # of the places that a spinner could replace
PARAGRAPHS = (3, 9)  # of an article
_UNITS = {"k": 10**3, "m": 10**6, "g": 10**9}


class Spinner:
    """Writes originals as spinners do, by rows of one family read backwards."""

    def __init__(self) -> None:
        rows = [
            row
            for row in read_folder(HERE.parent / "dictionaries" / "en")
            if row.family == "news" and row.weight >= 0.1 and row.original  # some only leave a word out
        ]
        self._forms: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: -row.weight):
            self._forms.setdefault(row.original, row.spun)
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")

    def __call__(self, text: str, chance: random.Random) -> str:
        return self._pattern.sub(lambda m: self._forms[m[0]] if chance.random() < RATE else m[0], text)


def paragraphs(files: list[Path]) -> list[str]:
    """What articles are made of."""
    if not files:
        sources = [*sorted((HERE / "gold" / "train").glob("*.txt")), HERE / "gold" / "dev.gold.txt"]
        return [passage.original for path in sources for passage in read_passages(path)]
    found: list[str] = []
    for path in files:
        if path.suffix == ".jsonl":
            with path.open(encoding="utf-8") as lines:
                found += [json.loads(line)["text"] for line in lines]
        else:
            found += [part.strip() for part in path.read_text("utf-8").split("\n\n") if len(part) > 200]
    return found


def articles(parts: list[str], size: int, share: float = SPUN) -> Iterator[bytes]:
    """JSON lines of about `size` bytes in all, the given share of them spun; the same for the same parts."""
    chance = random.Random(7)
    spin = Spinner()
    spun = [spin(part, chance) for part in parts]
    made = number = 0
    while made < size:
        bad = chance.random() < share
        chosen = chance.sample(range(len(parts)), min(len(parts), chance.randint(*PARAGRAPHS)))
        text = "\n\n".join((spun if bad else parts)[i] for i in chosen)
        record = {"id": number, "url": f"https://site{number % 97}.example/{number}", "spun": bad, "text": text}
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        yield line
        made += len(line)
        number += 1


class Spent(NamedTuple):
    """Seconds by the clock, and of all processors."""

    wall: float
    cpu: float


def tree_memory(root: int) -> tuple[int, int]:
    """Bytes of a process and its descendants: proportional and resident set sizes."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    pss = rss = 0
    todo = [root]
    while todo:
        process = todo.pop()
        todo += children.get(process, [])
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        pss += sum(int(kb) for kb in re.findall(r"^Pss:\s+(\d+)", rollup, re.M)) * 1024
        rss += sum(int(kb) for kb in re.findall(r"^Rss:\s+(\d+)", rollup, re.M)) * 1024
    return pss, rss


def run_clean(source: Path, target: Path, workers: int) -> tuple[Spent, int, int, dict[str, object]]:
    """Time, peak memory (proportional, resident), summary."""
    command = [sys.executable, "-m", "despin", "clean", str(source), "-o", str(target), "--json", "--force"]
    start, cpu = time.perf_counter(), _cpu_of_children()
    process = subprocess.Popen([*command, "--workers", str(workers)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    pss = rss = 0
    while process.poll() is None:
        now = tree_memory(process.pid)
        pss, rss = max(pss, now[0]), max(rss, now[1])
        time.sleep(0.25)
    spent = Spent(time.perf_counter() - start, _cpu_of_children() - cpu)
    assert process.stdout is not None
    if process.returncode:
        raise SystemExit(f"despin clean failed with {process.returncode}")
    return spent, pss, rss, json.loads(process.stdout.read())


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_many(source: Path, threads: int, start_at: int, end: int) -> Spent:
    """Time of `repair_many` over the texts of the lines from one to another, reading and parsing left out."""
    wall = cpu = 0.0
    with source.open(encoding="utf-8") as all_lines:
        lines = islice(all_lines, start_at, end)
        while texts := [json.loads(line)["text"] for line in islice(lines, 20_000)]:
            start, start_cpu = time.perf_counter(), time.process_time()
            for _ in despin.repair_many(texts, threads=threads):
                pass
            wall += time.perf_counter() - start
            cpu += time.process_time() - start_cpu
    return Spent(wall, cpu)


def main() -> int:
    """Make, time, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1g", help="of the file, for example 100m")
    parser.add_argument("--corpus", nargs="*", type=Path, default=[], help="clean texts instead of the passages")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="file of the results")
    parser.add_argument("--folder", type=Path, help="for the files (default: a temporary one)")
    args = parser.parse_args()
    size = int(args.size[:-1]) * _UNITS[args.size[-1].lower()] if args.size[-1].isalpha() else int(args.size)
    parts = paragraphs(args.corpus)
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        source, target = Path(name) / "articles.jsonl", Path(name) / "clean.jsonl"
        with source.open("wb") as out:
            number = 0
            for line in articles(parts, size):
                out.write(line)
                number += 1
        despin.repair("Warm up.")
        many = run_many(source, args.workers, 0, number // 2)
        spent, pss, rss, summary = run_clean(source, target, args.workers)
        second = run_many(source, args.workers, number // 2, number)
        many = Spent(many.wall + second.wall, many.cpu + second.cpu)
        bytes_ = source.stat().st_size
    results = {
        "date": datetime.date.today().isoformat(),
        "despin": despin.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()}",
        "corpus": [path.name for path in args.corpus] or "annotated passages",
        "bytes": bytes_,
        "workers": args.workers,
        "load_average": [round(value, 1) for value in os.getloadavg()],
        "repair_many_mb_per_second": round(bytes_ / 1e6 / many.wall, 3),
        "clean_mb_per_second": round(bytes_ / 1e6 / spent.wall, 3),
        "ratio": round(many.wall / spent.wall, 3),
        "processor_seconds_per_mb": {
            "repair_many": round(many.cpu * 1e6 / bytes_, 3),
            "clean": round(spent.cpu * 1e6 / bytes_, 3),
        },
        "peak_memory_mb": {"proportional": round(pss / 1e6), "resident": round(rss / 1e6)},
        "summary": {key: summary[key] for key in ("records", "changed", "unchanged", "rejected", "edits", "spun")},
    }
    print(json.dumps(results, indent=1))
    args.output.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
