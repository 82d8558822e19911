"""Edits of edits, and repairs that leave a second one nothing to do."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import despin
from despin.compose import composed, moved
from despin.learn.gold import read_passages
from despin.report import Edit, Report

GOLD = Path(__file__).parents[1] / "benchmarks/gold"
SETS = ("dev", "fresh", "natural", "held-out", "hands")


@st.composite
def _edits(draw: st.DrawFn, text: str) -> list[Edit]:
    """Sorted, disjoint, some of them side by side, deletions and insertions among them."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    places = [(start, end) for start, end in pairs]
    found = [Edit(a, b, text[a:b], draw(st.text("xyz ", max_size=3)), 0.5 + 0.1 * n) for n, (a, b) in enumerate(places)]
    return [edit for edit in found if edit.before != edit.after]


@st.composite
def _twice(draw: st.DrawFn) -> tuple[str, list[Edit], list[Edit]]:
    text = draw(st.text("abc ", max_size=20))
    first = draw(_edits(text))
    return text, first, draw(_edits(Report(text, tuple(first)).apply()))


@given(_twice())
def test_composed_edits_do_what_the_two_do(case: tuple[str, list[Edit], list[Edit]]) -> None:
    text, first, second = case
    once = Report(text, tuple(first)).apply()
    report = Report(text, composed(text, first, second))
    assert report.apply() == Report(once, tuple(second)).apply()
    assert report.revert() == text
    last = 0
    for edit in report.edits:
        assert last <= edit.start <= edit.end
        assert text[edit.start : edit.end] == edit.before != edit.after
        last = edit.end


@given(_twice())
def test_what_is_not_touched_stays_as_it_is(case: tuple[str, list[Edit], list[Edit]]) -> None:
    text, first, _second = case
    assert list(composed(text, first, [])) == first


@given(_twice(), st.data())
def test_moved_spans_hold_the_same(case: tuple[str, list[Edit], list[Edit]], data: st.DataObject) -> None:
    text, first, _second = case
    free = [0, *(offset for edit in first for offset in (edit.start, edit.end)), len(text)]
    gaps = [(a, b) for a, b in zip(free[::2], free[1::2], strict=True) if a < b]
    spans = [span for span in gaps if data.draw(st.booleans())]
    once = Report(text, tuple(first)).apply()
    found = moved(spans, [(edit.start, edit.end, edit.after) for edit in first])
    assert [once[a:b] for a, b in found] == [text[a:b] for a, b in spans]


@pytest.mark.parametrize("spun", [None, True])
def test_repairs_in_several_looks(spun: bool | None) -> None:
    """In 99.9 % of annotated texts, if their spin has to be found out; and the report of several looks is right."""
    repairer = despin.Repairer()
    texts = [passage.spun for name in SETS for passage in read_passages(GOLD / f"{name}.gold.txt")]
    once = [repairer.repair(text, spun=spun) for text in texts]
    assert sum(map(str.__ne__, once, texts)) > len(texts) / 2
    assert spun or sum(repairer.repair(text) != text for text in once) <= len(texts) / 1000
    reports = [repairer.inspect(text, spun=spun) for text in texts]
    assert [report.apply() for report in reports] == once
    assert [report.revert() for report in reports] == texts


def test_what_a_rule_protects_stays_at_every_look() -> None:
    """Offsets name a place of the text that is given, wherever it has moved when the text is looked at again."""
    for passage in itertools.islice(read_passages(GOLD / "dev.gold.txt"), 12):
        for edit in despin.inspect(passage.spun, spun=True).edits[::3]:
            repairer = despin.Repairer(protect=[(edit.start, edit.end)])
            report = repairer.inspect(passage.spun, spun=True)
            assert all(made.end <= edit.start or edit.end <= made.start for made in report.edits)
            assert report.apply() == repairer.repair(passage.spun, spun=True)
