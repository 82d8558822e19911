"""Shared texts."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from despin.learn.gold import Passage, read_passages

ROOT = Path(__file__).parent.parent
hypothesis.settings.register_profile("despin", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("despin")


@pytest.fixture(scope="session")
def seed() -> str:
    """The spun article the project began with."""
    return (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")


@pytest.fixture(scope="session")
def passages() -> list[Passage]:
    """Annotated passages of every kind, a sample of them."""
    found = [p for path in sorted((ROOT / "benchmarks/gold/train").glob("*.txt")) for p in read_passages(path)]
    return [*read_passages(ROOT / "benchmarks/gold/dev.gold.txt"), *found[::8]]
