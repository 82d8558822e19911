"""Tortured phrases that no row lists: ``python benchmarks/tortured.py``.

Takes every fifth multi-word row of the academic family out of the dictionary, compiles a model without them (and
without what was learned about them), and counts how many of those phrases are still restored, from the swaps of their
words and from what the language model knows of scientific terms. Each phrase is shown in a sentence of an abstract
whose other words are sound, as known to be spun. Results go to ``benchmarks/results/tortured.json``.
"""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
from pathlib import Path

import despin
from despin.channel.compile import learned_sections, model_sections
from despin.channel.rows import Row, read_folder
from despin.learn.fitted import Fitted, read_fitted
from despin.model.container import Container, write
from despin.model.words import read_words

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "tortured.json"
EVERY = 5
# Frames of the benchmark's own; with an article, so that a term that can be counted need not be restored to its plural.
FRAMES = (
    "In this paper we propose a new method based on the {} and evaluate it on three public datasets.",
    "The results show that the {} is an important factor in clinical practice and engineering.",
    "We review recent work on the {} and discuss its limitations.",
)


def held_back(rows: list[Row]) -> list[Row]:
    """The rows taken out: every fifth academic row with two words or more on both sides."""
    phrases = [r for r in rows if r.family == "academic" and min(len(r.spun.split()), len(r.original.split())) > 1]
    return phrases[::EVERY]


def repairer_without(out: list[Row], rows: list[Row], folder: Path) -> despin.Repairer:
    """A repairer whose model lacks these rows, and every other row with the same spun phrase."""
    gone = {row.spun for row in out}
    kept = [row for row in rows if row.spun not in gone]
    models = ROOT / "models"
    lm, embedding = Container(models / "en.lm"), Container(models / "en.embedding")
    fitted = read_fitted(models)
    learned = {key: value for key, value in fitted.reliability.items() if key[0] not in gone}
    sections = model_sections(kept, Fitted(fitted.weights, learned), lm, embedding, read_words(lm))
    decision = json.loads((models / "decision.json").read_text("utf-8"))
    decision["register"] = json.loads((models / "register.json").read_text("utf-8"))
    metadata = {
        "decision": decision,
        "lm_unknown": lm.metadata["lm_unknown"],
        "lm_words": len(read_words(lm)),
    }
    path = folder / "without.despin"
    write(path, metadata, {**sections, **learned_sections(models, sections)})
    return despin.Repairer(model=path)


def measure(tool: despin.Repairer, out: list[Row]) -> dict[str, float]:
    """Share of phrases restored to their term, changed to something else, and left alone."""
    counts = {"restored": 0, "otherwise": 0, "left alone": 0}
    terms: dict[str, set[str]] = {}
    for row in out:
        terms.setdefault(row.spun, set()).add(row.original)
    for spun, originals in terms.items():
        for frame in FRAMES:
            got = tool.repair(frame.format(spun), spun=True)
            start, end = frame.split("{}")
            phrase = got[len(start) : len(got) - len(end)] if got.startswith(start) and got.endswith(end) else ""
            name = "restored" if phrase in originals else "left alone" if phrase == spun else "otherwise"
            counts[name] += 1
    total = sum(counts.values())
    return {"phrases": len(terms), **{name: round(n / total, 4) for name, n in counts.items()}}


def main() -> int:
    """Measure with and without the rows, print, store."""
    rows = read_folder(ROOT / "dictionaries" / "en")
    out = held_back(rows)
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "listed": measure(despin.Repairer(), out),
            "taken out of the dictionary": measure(repairer_without(out, rows, Path(folder)), out),
        }
    for name, found in figures.items():
        print(name, found)
    about = {"date": datetime.date.today().isoformat(), "despin": despin.__version__}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**about, "figures": figures}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
