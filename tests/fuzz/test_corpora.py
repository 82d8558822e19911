"""What fuzzing found once stays fixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import replay
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_and_findings(target: str) -> None:
    kept = len(list((CORPUS / target).glob("*")))
    assert replay(target) > kept + 1


def test_every_corpus_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)
