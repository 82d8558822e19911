"""What is learned from annotated passages: reliabilities of forms, and what is reported of them."""

from __future__ import annotations

import pytest

from despin.learn.gold import AT_RISK, LISTED, SYNTHETIC, Passage, Slot
from despin.learn.learner import Example, reliabilities
from despin.learn.outcome import summary


def _examples(form: str, right: int, wrong: int, source: str = "", fold: int = 0, spun: bool = True) -> list[Example]:
    return [
        Example([], n < right, 1.0, fold, 0, spun, True, form, f"not {form}", 1.0, source) for n in range(right + wrong)
    ]


def test_a_form_as_good_as_the_others_has_no_log_odds() -> None:
    found = reliabilities([*_examples("usual", 300, 200), *_examples("good", 90, 10), *_examples("bad", 10, 90)])
    assert found["usual", ""] == found["usual", "not usual"]
    assert found["usual", ""] == pytest.approx(0, abs=0.3)
    assert found["good", ""] > 1
    assert found["bad", ""] < -1


def test_what_is_right_in_an_easier_batch_tells_less() -> None:
    usual = _examples("usual", 400, 600)
    easy = [*_examples("easy", 700, 300, LISTED), *_examples("worse", 50, 50, LISTED)]
    found = reliabilities([*usual, *easy])
    assert found["easy", ""] == pytest.approx(0, abs=0.15)
    assert found["worse", ""] < -0.5
    assert reliabilities(usual) == {key: value for key, value in found.items() if key[0] == "usual"}


def test_only_chosen_folds_and_spun_sides_count() -> None:
    usual = _examples("usual", 50, 50)
    others = [*_examples("usual", 0, 90, fold=1), *_examples("usual", 0, 90, spun=False)]
    assert reliabilities([*usual, *others], [0]) == reliabilities(usual)
    assert reliabilities([*usual, *others]) != reliabilities(usual)


def test_the_summary_leaves_out_what_was_not_composed_freely() -> None:
    free = _examples("usual", 3, 1)
    others = [*_examples("easy", 9, 0, LISTED), *_examples("made", 9, 0, SYNTHETIC)]
    (row, *_) = summary([*free, *others], [1.0] * (len(free) + len(others)), 6)
    assert (row["precision"], row["recall"]) == (0.75, 0.5)


@pytest.mark.parametrize(
    ("source", "evidence"), [("", 1.0), (LISTED, 1.0), (SYNTHETIC, 0.0), (AT_RISK, 0.0), ("real", 15.0)]
)
def test_evidence_of_a_passage(source: str, evidence: float) -> None:
    passage = Passage("p", "see", "visit", (Slot(0, 3, True, ("visit",)),), {"source": source} if source else {})
    assert passage.source == source
    assert passage.evidence == evidence
