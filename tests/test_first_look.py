"""The first look: equal to its plain Python, and it passes over hardly anything that would be edited."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import despin
from despin.config import Config
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.learn.gold import Passage, read_passages
from despin.model.container import Container
from tests.reference import gate
from tests.reference.model import ReferenceModel

ROOT = Path(__file__).parent.parent
MODEL = Container(Path(despin.__file__).parent / "data" / "en.despin")
DECISION = MODEL.metadata["decision"]
LEAST = Config().min_spin


@cache
def passages() -> list[Passage]:
    files = [*sorted((ROOT / "benchmarks/gold/train").glob("*.txt")), ROOT / "benchmarks/gold/dev.gold.txt"]
    return [passage for path in files for passage in read_passages(path)]


def texts() -> Iterator[str]:
    for passage in passages()[::40]:
        yield passage.spun
        yield passage.original
    yield from ("", "x", "U.S. \u2019s \u201cQuoted\u201d \u0130stanbul \U0001f600 don\u2019t", "word " * 3000)


@pytest.fixture(scope="module")
def reference() -> ReferenceModel:
    return ReferenceModel(MODEL)


def test_equal_to_the_reference(reference: ReferenceModel) -> None:
    decoder = Decoder(Model(MODEL), None, DECISION)
    below = max(value for least, value in DECISION["gate"]["closed_below"] if least <= LEAST)
    passed = 0
    for text in texts():
        score = gate.score(reference, DECISION["gate"], text)
        found = decoder.glance(text, LEAST)
        assert (found is None) == (score >= below)
        if found is not None:
            passed += 1
            assert found == pytest.approx(1 / (1 + math.exp(-score)))
    assert passed > 5


def test_hardly_an_edited_text_is_passed_over() -> None:
    with_look = Decoder(Model(MODEL), None, DECISION)
    tool = despin.Repairer()
    edited = lost = sound = passed = 0
    for passage in passages()[::3]:
        if tool.inspect(passage.original).edits == ():
            sound += 1
            passed += with_look.glance(passage.original, LEAST) is not None
        without = tool.inspect(passage.spun, spun=None)
        if with_look.glance(passage.spun, LEAST) is None:
            edited += bool(without.edits)
            continue
        plain = _read(passage.spun)
        lost += any(edit[2] >= tool.config.min_confidence for edit in plain)
    assert lost <= 0.005 * (edited + lost)
    assert passed > 0.3 * sound  # short as these are


def test_words_alone_open_no_text(seed: str) -> None:
    """What is told of a text that is not decoded says at most that nobody knows."""
    first = {**DECISION["first"], "closed": [50.0, 0.0, 0.0, 0.0, 0.0, 0.0], "open_above": 2.0}
    decoder = Decoder(Model(MODEL), None, {**DECISION, "first": first})
    spin, _rate, _families, found = decoder(seed, (), min_spin=LEAST)
    assert (spin, found) == (0.5, [])


def _read(text: str) -> list[Any]:
    without = Decoder(Model(MODEL), None, {k: v for k, v in DECISION.items() if k != "gate"})
    return without(text, (), None, LEAST)[3]


def test_not_where_the_caller_wants_to_see_all() -> None:
    decoder = Decoder(Model(MODEL), None, DECISION)
    text = passages()[0].original * 20
    assert decoder.glance(text, 0.1) is None
    assert decoder.glance(text, LEAST) is not None


def test_a_users_row_opens_a_text() -> None:
    text = passages()[0].original * 20 + " They wumbled." * 100
    assert despin.Repairer()._decoder.glance(text, LEAST) is not None
    assert despin.Repairer(dictionaries=[[("wumbled", "muttered")]])._decoder.glance(text, LEAST) is None
