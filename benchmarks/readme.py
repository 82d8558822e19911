"""Write the figures of the README from the stored results: ``python benchmarks/readme.py``."""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
LABELS = {
    "do nothing": "leave it alone",
    "symspellpy lookup_compound": "symspellpy `lookup_compound`",
    "dictionary without context (ahocorasick_rs)": "the same dictionary without context (ahocorasick_rs)",
    "channel with a unigram model": "the same channel with a unigram model",
    "despin (safe)": "despin, profile `safe`",
    "despin (balanced)": "**despin**, default",
    "despin (eager)": "despin, profile `eager`",
}
SPEED = {
    "despin": "**despin**",
    "daachorse": "daachorse",
    "ahocorasick_rs": "ahocorasick_rs",
    "hyperscan": "hyperscan",
    "flashtext": "flashtext",
    "symspellpy lookup_compound": "symspellpy `lookup_compound`",
}

SETS = tuple(f"{name}.gold.txt" for name in ("dev", "fresh", "natural", "held-out", "hands", "xi-visits-russia"))


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _row(label: str, figures: Any) -> str:
    dev, *others = (figures[name] for name in SETS)

    def three(figure: Any) -> str:
        return f"{figure['precision']:.2f} / {figure['recall']:.2f} / {figure['f05']:.2f}"

    return f"| {label} | {three(dev)} | {dev['clean_harm']:.1f} | {' | '.join(map(three, others))} |"


def section() -> str:
    """The text between the heading "Figures" and "Reproduce with"."""
    stored = _load(RESULTS / "quality.json")
    quality, more = stored["figures"], stored["more"]
    clean = _load(RESULTS / "clean.json")["figures"]
    default, eager, shown = clean["unseen"]["balanced"], clean["unseen"]["eager"], clean["shown"]["balanced"]
    rows = "\n".join(_row(label, quality[name]) for name, label in LABELS.items())
    natural_harm = quality["despin (balanced)"]["natural.gold.txt"]["clean_harm"]
    at_risk = {name: quality[f"despin ({name})"]["at-risk.gold.txt"]["clean_harm"] for name in ("balanced", "eager")}
    error = more["fresh.gold.txt"]["calibration"]["expected_calibration_error"]
    return f"""Precision / recall / F0.5 of the required repairs, and changes per 1000 words of *sound* text. `dev`: 48
annotated passages (a quarter of them traps full of the spinners' favourite words in their right sense), read while the
code was written. `fresh`: 120 passages written independently of the dictionaries, never learned from, looked at to
choose the thresholds, between ways of learning, and which families needed more rows; a quarter are traps, and all
registers are in it, so it is the harder and more honest set.
`natural`: 278 passages held out of a batch of 2,249 of which the others are learned from: the commonest swaps in
natural prose, and traps crammed with favourites ({natural_harm:.1f} changes per 1000 words on its sound side); looked
at for the same choices. `held-out`: one in five to ten of 1,650 passages written after the manner of the first ones
learned from; the others are learned from, and it was looked at for the same choices. `hands`: 420 passages by fifteen
writers of whom nothing was learned, each with favourite swaps of their own: the nearest to a spinner never met;
looked at for the last of these choices.
The seed article is real; dictionaries and decisions learned from it, at fifteen times the weight of a passage.

| | dev | harm on its sound side | fresh | natural | held-out | hands | seed article |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

On {default["documents"]:,} real articles that nothing was learned from ({default["words"]:,} words of reviews, press
releases, news, technology, encyclopedia) the default touches {default["touched"]} and makes {default["edits"]} edits;
`eager` {eager["touched"]} and {eager["edits"]}. On {shown["documents"]:,} more, of all sources, whose beginnings the
decision on texts was shown as sound: {shown["touched"]} and {shown["edits"]}. On `at-risk`, 366 sound texts of the
kinds most easily mistaken (manuals that repeat "flooring" or "trainee" as their own term; casual and bookish prose
written with despin at hand until it erred; scholarly prose about blunders and organizations), the default makes
{at_risk["balanced"]:.1f} changes per 1000 words, `eager` {at_risk["eager"]:.1f}; what traps weigh, and from which spin
probability on texts are repaired, was chosen with it in sight.

Confidences mean what they say: expected calibration error {error:.3f} on `fresh`. By register, with reliability tables
and detection figures:
`benchmarks/results/quality.json`.

"""


def speed() -> str:
    """The text below the heading "Speed"."""
    stored = _load(RESULTS / "speed.json")["texts"]
    size = _load(RESULTS / "footprint.json")["figures"]

    def rate(text: str, system: str) -> float:
        return statistics.median(stored[text]["megabytes_per_second"][system])

    def cells(system: str) -> str:
        return " | ".join(f"{rate(text, system):.3g}" for text in ("clean news", "4 KB articles", "heavily spun news"))

    rows = "\n".join(f"| {label} | {cells(system)} |" for system, label in SPEED.items())
    times = rate("clean news", "despin") / rate("clean news", "daachorse")
    return f"""MB/s of one thread. The peers replace 10,000 phrases of despin's dictionary, whatever the context.

| | clean news | 4 KB articles | heavily spun news |
| --- | --- | --- | --- |
{rows}

Most of a crawl is sound, and a first look at its words settles that: {times:.1f} times as fast as daachorse. A spun
text is weighed word by word, which costs: it is far slower than any replacement without context. Import
{size["import_ms"]:.0f} ms, first repair {size["first_repair_ms"]:.0f} ms, {size["resident_mb_spun"]:.0f} MB resident.
Clean news and articles are held-out documents of the sources whose other documents taught the first look its words;
of prose unlike them it settles less, and what it leaves is read. [All peers, threads, growth, charts](docs/speed.md);
`python benchmarks/speed.py --corpus CORPUS` (without a corpus: the sound sides of the annotated passages, which are
written to be mistaken: the first look leaves most of them open, and that is many times slower).

"""


def main() -> None:
    """Replace the sections."""
    path = ROOT / "README.md"
    text = path.read_text("utf-8")
    for place, made in (
        (r"(?<=## Figures\n\n).*?(?=Reproduce with)", section),
        (r"(?<=## Speed\n\n).*?(?=## More)", speed),
    ):
        text = re.sub(place, lambda _match, made=made: made(), text, flags=re.DOTALL)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
