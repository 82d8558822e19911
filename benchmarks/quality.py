"""Quality on annotated passages, despin beside named baselines: ``python benchmarks/quality.py``.

Prints precision, recall, F0.5 and harm of every system, and of despin with each part switched off, on each gold file
and by register, how well spun passages are told from sound ones (area under the ROC curve), how well confidences and
spin probabilities are calibrated, and how many texts a second repair changes again. Needs ``pip install
'despin[bench]'``. Results go to ``benchmarks/results/quality.json`` with date, versions and the checksum of the gold
files.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import ablations
import baselines
import score as scorer

import despin
from despin.learn.gold import Passage, read_passages
from despin.learn.label import judge
from despin.learn.outcome import area_under_curve

HERE = Path(__file__).parent
GOLD = [
    HERE / "gold" / "dev.gold.txt",
    HERE / "gold" / "fresh.gold.txt",
    HERE / "gold" / "natural.gold.txt",
    HERE / "gold" / "held-out.gold.txt",
    HERE / "gold" / "hands.gold.txt",
    HERE / "gold" / "at-risk.gold.txt",
    HERE.parent / "seeds/xi-visits-russia.gold.txt",
]
RESULTS = HERE / "results" / "quality.json"
COLUMNS = ("precision", "recall", "f05", "harm", "clean_harm")
BINS = 10


def profiles() -> dict[str, despin.Repairer]:
    """A repairer for each profile."""
    return {name: despin.Repairer(config=despin.Config.of(name)) for name in ("safe", "balanced", "eager")}


def detection(passages: Sequence[Passage]) -> dict[str, float | None]:
    """Heavily and lightly spun passages against sound ones (traps, and the sound side of each spun passage)."""
    scores: dict[str, list[float]] = defaultdict(list)
    for passage in passages:
        kind = passage.meta.get("spin", "heavy")
        scores[kind].append(despin.spin_score(passage.spun))
        if kind != "none":
            scores["clean"].append(despin.spin_score(passage.original))
    sound = scores["none"] + scores["clean"]
    return {
        "heavy against sound": area_under_curve(scores["heavy"], sound),
        "light against sound": area_under_curve(scores["light"], sound),
        "heavy against traps": area_under_curve(scores["heavy"], scores["none"]),
        "light against traps": area_under_curve(scores["light"], scores["none"]),
    }


def calibration(pairs: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """What is said beside what is true: a reliability table and the expected calibration error (Naeini et al. 2015)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for said, true in pairs:
        bins[min(BINS - 1, int(said * BINS))].append((said, true))
    table, error = [], 0.0
    for number, found in enumerate(bins):
        if found:
            mean = sum(said for said, _true in found) / len(found)
            share = sum(true for _said, true in found) / len(found)
            error += len(found) / len(pairs) * abs(mean - share)
            table.append({"from": number / BINS, "n": len(found), "said": round(mean, 3), "true": round(share, 3)})
    return {"expected_calibration_error": round(error, 4), "n": len(pairs), "reliability": table}


def confidences(passages: Sequence[Passage]) -> list[tuple[float, bool]]:
    """Confidence, and whether it is right, of everything proposed in opened spun passages."""
    return [
        (edit.confidence, judge(passage, edit.start, edit.end, edit.after)[0])
        for passage in passages
        if passage.slots
        for report in [despin.inspect(passage.spun)]
        for edit in (*report.edits, *report.skipped)
        if not edit.rule.startswith("typography")
    ]


def spins(passages: Sequence[Passage]) -> list[tuple[float, bool]]:
    """Spin probability, and whether it is spun, of each passage and of the sound side of each spun one."""
    found = [(despin.spin_score(passage.spun), bool(passage.slots)) for passage in passages]
    return found + [(despin.spin_score(passage.original), False) for passage in passages if passage.slots]


def changed_again(passages: Sequence[Passage]) -> dict[str, int]:
    """How many texts are repaired, and how many of these a second repair changes once more."""
    repaired = [despin.repair(text) for passage in passages for text in (passage.spun, passage.original)]
    return {"texts": len(repaired), "changed by a second repair": sum(despin.repair(text) != text for text in repaired)}


def by_register(path: Path, repair: baselines.Repair) -> dict[str, dict[str, float]]:
    """Figures of the passages of each register (the part before the hyphen)."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for _name, meta, marked in scorer.passages(path):
        groups[meta.get("register", "none").split("-")[0]].append(marked)
    result = {}
    for register, marked in sorted(groups.items()):
        tally, words = scorer.Counter(), 0
        for passage in marked:
            spun, _orig, slots = scorer.parse(passage)
            tally += scorer.judge(spun, repair(spun), slots)[0]
            words += len(spun.split())
        figures = scorer.figures(tally, words, 0, 0)
        result[register] = {name: figures[name] for name in ("precision", "recall", "f05", "harm")}
    return result


def provenance(gold: list[Path]) -> dict[str, Any]:
    """Date, versions and checksums behind a result."""
    return {
        "date": datetime.date.today().isoformat(),
        "despin": despin.__version__,
        "python": platform.python_version(),
        "peers": {name: version(name) for name in ("flashtext", "ahocorasick_rs", "symspellpy")},
        "gold_sha256": hashlib.sha256(b"".join(path.read_bytes() for path in gold)).hexdigest(),
    }


def main() -> int:
    """Run the comparison, print and store it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="*", type=Path, default=GOLD)
    parser.add_argument("--no-save", action="store_true", help="do not write the results file")
    args = parser.parse_args()
    systems = {**baselines.baselines(), **ablations.ablations()}
    systems |= {f"despin ({name})": tool.repair for name, tool in profiles().items()}
    figures = {name: scorer.score(args.gold, repair) for name, repair in systems.items()}
    passages = {path.name: list(read_passages(path)) for path in args.gold}
    more = {
        name: {
            "detection": detection(found),
            "calibration": calibration(confidences(found)),
            "spin": calibration(spins(found)),
            "stability": changed_again(found),
        }
        for name, found in passages.items()
    }
    registers = {path.name: by_register(path, despin.repair) for path in args.gold}
    _print(figures, more, registers)
    if not args.no_save:
        RESULTS.parent.mkdir(exist_ok=True)
        result = {**provenance(args.gold), "figures": figures, "more": more, "registers": registers}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return 0


def _print(figures: Any, more: Any, registers: Any) -> None:
    for file in [*more, "total"]:
        print(f"\n{file:46}" + "".join(f"{column:>12}" for column in COLUMNS))
        for name, report in figures.items():
            print(f"{name:46}" + "".join(f"{report[file][column]:>12}" for column in COLUMNS))
    for file, found in more.items():
        print(f"\n{file}: detection {found['detection']}; {found['stability']}")
        for what in ("calibration", "spin"):
            print(f"{what}: expected calibration error {found[what]['expected_calibration_error']}")
            for row in found[what]["reliability"]:
                print(f"  said {row['said']:.2f}  true {row['true']:.2f}  n {row['n']}")
        for register, row in registers[file].items():
            print(f"  {register:16}" + "".join(f"{name} {value:<8}" for name, value in row.items()))


if __name__ == "__main__":
    sys.exit(main())
