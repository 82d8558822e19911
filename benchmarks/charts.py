"""Charts and docs/speed.md from the stored results: ``python benchmarks/charts.py [--check]``.

With ``--check`` nothing is written; exit code 1 says that a page or chart is not current.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGES = ROOT / "docs"
CASES = ("clean news", "heavily spun news", "academic", "curly quotes", "4 KB articles", "one text", "one long string")
THREADS = ("despin repair_many, 1 thread", "despin repair_many, 2 threads")
_WIDTH, _BAR, _LEFT = 720, 24, 210


def load(name: str) -> Any:
    """A stored result."""
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))


def medians(case: Any) -> dict[str, float]:
    """MB/s of each system."""
    return {name: statistics.median(values) for name, values in case["megabytes_per_second"].items()}


def bars(title: str, figures: dict[str, float], unit: str) -> str:
    """A bar chart with a logarithmic axis, fastest first, as SVG."""
    ordered = sorted(figures.items(), key=lambda pair: -pair[1])
    low = math.floor(math.log10(min(figures.values())))
    high = math.log10(max(figures.values()))
    height = 40 + _BAR * len(ordered)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" '
        f'font-size="13"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="8" y="20" font-weight="bold" fill="#222">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(ordered):
        y = 34 + _BAR * number
        width = (_WIDTH - _LEFT - 90) * (math.log10(value) - low) / (high - low)
        colour = "#c2410c" if name.startswith("despin") else "#94a3b8"
        out.append(
            f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end" fill="#222">{escape(name)}</text>'
            f'<rect x="{_LEFT}" y="{y + 2}" width="{max(width, 1):.0f}" height="{_BAR - 7}" fill="{colour}"/>'
            f'<text x="{_LEFT + max(width, 1) + 6:.0f}" y="{y + 14}" fill="#222">{value:.3g} {unit}</text>'
        )
    return "\n".join((*out, "</svg>", ""))


def table(cases: dict[str, Any]) -> str:
    """All medians, and how many times daachorse's they are."""
    names = [name for name in cases["clean news"]["megabytes_per_second"] if name not in THREADS]
    shown = [case for case in CASES if case in cases]
    found = {case: medians(cases[case]) for case in shown}
    lines = [f"| MB/s | {' | '.join(shown)} |", f"| --- |{' --- |' * len(shown)}"]
    for name in names:
        cells = [f"{found[case][name]:.3g}" if name in found[case] else "" for case in shown]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ratios = [f"{found[case]['despin'] / found[case]['daachorse']:.2f}" for case in shown]
    return "\n".join((*lines, f"| **despin : daachorse** | {' | '.join(ratios)} |"))


def curves(scale: Any) -> str:
    """Cost against what grows."""
    lines = []
    for name, values in scale["ns_a_character"].items():
        lines += [f"| {name} | {' | '.join(values)} |", f"| --- |{' --- |' * len(values)}"]
        lines += [f"| ns a character | {' | '.join(map(str, values.values()))} |", ""]
    return "\n".join(lines)


def bar_list(cases: dict[str, Any], footprint: Any) -> str:
    """The goals beside what was measured."""
    clean, spun = medians(cases["clean news"]), medians(cases["heavily spun news"])
    many = [medians(cases["one text"])["despin"], medians(cases["4 KB articles"])[THREADS[0]]]
    rows = [
        ("clean news, times daachorse", "2.0", clean["despin"] / clean["daachorse"]),
        ("heavily spun news, times daachorse", "1.0", spun["despin"] / spun["daachorse"]),
        ("clean news, times flashtext", "20", clean["despin"] / clean["flashtext"]),
        ("two threads, times one, clean news", "1.7", clean[THREADS[1]] / clean[THREADS[0]]),
        ("two threads, times one, heavily spun news", "1.7", spun[THREADS[1]] / spun[THREADS[0]]),
        ("`repair_many` over 4 KB articles, times one text of them all", "0.8", many[1] / many[0]),
        ("import above bare Python, ms (at most)", "60", footprint["import_ms"]),
        ("first repair, ms (at most)", "100", footprint["first_repair_ms"]),
        ("resident after spun text, MB (at most)", "150", footprint["resident_mb_spun"]),
        ("of the model, private to a process, MB (at most)", "0", footprint["model_private_mb"]),
    ]
    lines = [f"| {name} | {goal} | {value:.3g} |" for name, goal, value in rows]
    return "\n".join(("| | goal | measured |", "| --- | --- | --- |", *lines))


def page() -> str:
    """docs/speed.md."""
    speed, scale, foot, stages = load("speed"), load("scale"), load("footprint"), load("profile")
    shown = ", ".join(f"{name} {number}" for name, number in speed["versions"].items())
    stream = scale["stream"]
    counted = "\n".join(f"| {name} | {value:,.0f} |" for name, value in stages.items())
    return f"""# Speed

<!-- written by benchmarks/charts.py from benchmarks/results: do not edit -->

Measured {speed["date"]} on {speed["machine"]}; {shown}. Rounds are interleaved; the figures are medians of one run on a
machine with other work on it, so read the ratios. Peers replace 10,000 phrases of the dictionary, exactly and at word
boundaries, whatever the context; `re`, symspellpy and rapidfuzz are shown a part of a text, KenLM only scores.

{table(speed["texts"])}

![Clean news](speed-clean.svg)

![Heavily spun news](speed-spun.svg)

## Goals

{bar_list(speed["texts"], foot["figures"])}

A sound text is settled by a first look at its words. What that look leaves open is scanned, every reading of every
place is weighed in its context, and only what may be spun is decoded: there lies the distance to a replacement without
context. One long text of sound articles is settled as a whole, while of short ones a few stay open: that is what
articles one by one lose, not the calls. The clean texts are held-out documents of the
sources whose other documents taught the first look its words; of prose unlike them it settles less.

## Instructions a character

Counted by callgrind (`python benchmarks/profile.py`), the ceiling of `tests/test_instructions.py`:

| stage | instructions |
| --- | --- |
{counted}

## Growth

`python benchmarks/scale.py`, {scale["date"]}; processor time, the least of interleaved rounds.

{curves(scale)}
A stream of {stream["megabytes"]:,} MB through `repair_many`, one text in a hundred spun: at most
{stream["peak_mb_after_a_twentieth"]:.0f} MB resident after a twentieth of it,
{stream["peak_mb_at_the_end"]:.0f} MB at the end.

## Reproduce

```sh
pip install -e '.[bench]'
python benchmarks/speed.py --corpus FOLDER   # text files; without it, the annotated passages
python benchmarks/scale.py && python benchmarks/scale.py --stream 1000
python benchmarks/footprint.py
python benchmarks/profile.py                 # needs valgrind
python benchmarks/charts.py
```

Any plain text will do as a corpus; a documented public one is the BBC set of Greene and Cunningham (2006),
http://mlg.ucd.ie/datasets/bbc.html.
"""


def main() -> int:
    """Write, or compare."""
    cases = load("speed")["texts"]
    pages = {
        PAGES / "speed.md": page(),
        PAGES / "speed-clean.svg": bars("Clean news, one thread, MB/s (log)", medians(cases["clean news"]), "MB/s"),
        PAGES / "speed-spun.svg": bars("Heavily spun news, MB/s (log)", medians(cases["heavily spun news"]), "MB/s"),
    }
    if "--check" in sys.argv[1:]:
        old = [str(path) for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
        print(*old, sep="\n")
        return 1 if old else 0
    for path, text in pages.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
