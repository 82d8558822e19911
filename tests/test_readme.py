"""What the README shows is what a reader gets."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

import despin

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
_TABLE = README.split("| --- | --- |\n", 1)[1].split("\n\n", 1)[0]
SHOWN = [[cell.strip().replace("**", "") for cell in line.strip("| ").split(" | ")] for line in _TABLE.splitlines()]


@pytest.mark.parametrize(("spun", "repaired"), SHOWN)
def test_before_and_after(seed: str, spun: str, repaired: str) -> None:
    assert spun in seed
    assert repaired in despin.repair(seed)


def test_the_snippet_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    snippet = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert snippet
    names: dict[str, object] = {}
    exec(compile(snippet[1], "README.md", "exec"), names)
    assert names["cleaned"][1] == "A sound text."  # type: ignore[index]


def test_figures_are_the_stored_ones() -> None:
    figures = json.loads((ROOT / "benchmarks/results/quality.json").read_text("utf-8"))["figures"]
    dev = figures["despin (balanced)"]["dev.gold.txt"]
    shown = f"{dev['precision']:.2f} / {dev['recall']:.2f} / {dev['f05']:.2f} | {dev['clean_harm']:.1f}"
    assert f"| **despin**, default | {shown} |" in README


GOLD = [
    ROOT / "benchmarks/gold/dev.gold.txt",
    ROOT / "benchmarks/gold/fresh.gold.txt",
    ROOT / "benchmarks/gold/natural.gold.txt",
    ROOT / "benchmarks/gold/held-out.gold.txt",
    ROOT / "benchmarks/gold/hands.gold.txt",
    ROOT / "benchmarks/gold/at-risk.gold.txt",
    ROOT / "seeds/xi-visits-russia.gold.txt",
]


def test_the_figures_are_reached() -> None:
    """The stored figures are those of this code and these dictionaries."""
    sys.path.insert(0, os.fspath(ROOT / "benchmarks"))
    import score

    stored = json.loads((ROOT / "benchmarks/results/quality.json").read_text("utf-8"))["figures"]["despin (balanced)"]
    assert score.score(GOLD, despin.repair) == stored


@pytest.mark.parametrize("gold", [path.name for path in GOLD])
def test_floors(gold: str) -> None:
    """What was once reached is kept; these only rise (and harm only falls)."""
    stored = json.loads((ROOT / "benchmarks/results/quality.json").read_text("utf-8"))["figures"]["despin (balanced)"]
    for name, floor in json.loads((ROOT / "benchmarks/floors.json").read_text("utf-8"))[gold].items():
        reached = stored[gold][name]
        assert reached <= floor if name == "clean_harm" else reached >= floor, name
