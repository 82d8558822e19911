"""What is learned from annotated passages: reliabilities of forms, and what is reported of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from despin.channel.link import Entry
from despin.channel.rows import Row
from despin.language.corpus import HELD_OUT_EVERY
from despin.learn.fitted import hands_code
from despin.learn.gold import AT_RISK, LISTED, SYNTHETIC, Passage, Slot
from despin.learn.learner import FOLDS, Example, Learner
from despin.learn.outcome import summary
from despin.learn.reliability import Lemmas, reliabilities
from despin.learn.sound import sound_texts, unseen_texts

ROWS = [Row("see", "visit", "verb"), Row("see", "view", "verb"), Row("look", "visit", "verb")]
FORMS = [Entry("see", "visit", 0), Entry("saw", "visited", 0), Entry("see", "view", 1), Entry("look", "visit", 2)]
NONE, LEMMAS = Lemmas([], []), Lemmas(ROWS, FORMS)


def _examples(form: str, right: int, wrong: int, source: str = "", fold: int = 0, spun: bool = True) -> list[Example]:
    return [
        Example([], n < right, 1.0, fold, 0, spun, True, form, f"not {form}", 1.0, source, "")
        for n in range(right + wrong)
    ]


def test_a_form_as_good_as_the_others_has_no_log_odds() -> None:
    found = reliabilities([*_examples("usual", 300, 200), *_examples("good", 90, 10), *_examples("bad", 10, 90)], NONE)
    assert found["usual", ""].log_odds == found["usual", "not usual"].log_odds
    assert found["usual", ""].log_odds == pytest.approx(0, abs=0.3)
    assert found["good", ""].log_odds > 1
    assert found["bad", ""].log_odds < -1


def test_what_is_right_in_an_easier_batch_tells_less() -> None:
    usual = _examples("usual", 400, 600)
    easy = [*_examples("easy", 700, 300, LISTED), *_examples("worse", 50, 50, LISTED)]
    found = reliabilities([*usual, *easy], NONE)
    assert found["easy", ""].log_odds == pytest.approx(0, abs=0.15)
    assert found["worse", ""].log_odds < -0.5
    assert reliabilities(usual, NONE) == {key: value for key, value in found.items() if key[0] == "usual"}


def test_only_chosen_folds_and_spun_sides_count() -> None:
    usual = _examples("usual", 50, 50)
    others = [*_examples("usual", 0, 90, fold=1), *_examples("usual", 0, 90, spun=False)]
    assert reliabilities([*usual, *others], NONE, [0]) == reliabilities(usual, NONE)
    assert reliabilities([*usual, *others], NONE) != reliabilities(usual, NONE)


def test_a_form_never_seen_is_taken_to_be_like_the_others_of_its_row() -> None:
    usual = _examples("usual", 100, 100)
    saw = [Example([], True, 1.0, 0, 0, True, True, "saw", "visited", 1.0, "", "") for _ in range(20)]
    found = reliabilities([*usual, *saw], LEMMAS)
    assert found["saw", "visited"].log_odds > found["see", "visit"].log_odds > 1
    assert found["see", ""].log_odds > 1
    assert ("look", "visit") not in found  # another row
    assert ("see", "view") not in found  # what "saw" for "visited" proved tells nothing of "view"


def test_what_a_form_proved_itself_outweighs_the_others_of_its_row() -> None:
    usual = _examples("usual", 100, 100)
    saw = [Example([], True, 1.0, 0, 0, True, True, "saw", "visited", 1.0, "", "") for _ in range(20)]
    see = [Example([], False, 1.0, 0, 0, True, True, "see", "visit", 1.0, "", "") for _ in range(20)]
    found = reliabilities([*usual, *saw, *see], LEMMAS)
    assert found["see", "visit"].log_odds < -1
    assert found["saw", "visited"].log_odds > 1


def test_hands_that_bear_a_form_out_are_counted() -> None:
    """How often one of them does so does not matter; and so are those that speak against it."""
    usual = _examples("usual", 100, 100)

    def seen(hand: str, after: str, right: bool) -> Example:
        return Example([], right, 1.0, 0, 0, True, True, "see", after, 1.0, "", hand)

    visits = [seen(hand, "visit", True) for hand in ("a", "b", "b", "c")]
    found = reliabilities([*usual, *visits, seen("d", "visit", False), seen("e", "view", True)], LEMMAS)
    assert found["see", "visit"].hands == hands_code(3)
    assert found["see", "view"].hands == hands_code(1)
    assert found["see", ""].hands == hands_code(4)
    assert found["see", "visit"].against == found["see", ""].against == hands_code(1)
    assert found["see", "view"].against == 0
    assert found["saw", "visited"].hands == 0
    fewer = reliabilities([*usual, *visits], LEMMAS, hands_share=1 / 3)
    assert fewer["see", "visit"].hands == hands_code(1)


def test_a_deletion_counts_once() -> None:
    usual = _examples("usual", 100, 100)
    gone = [Example([], True, 1.0, 0, 0, True, True, "actually", "", 1.0, "", "") for _ in range(5)]
    other = [replace(example, before="really", after="truly") for example in gone]
    found = reliabilities([*usual, *gone, *other], NONE)
    assert found["actually", ""] == found["really", ""]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_folds_of_a_round_part_all_hands_evenly(number: int) -> None:
    learner = Learner.__new__(Learner)
    learner.round = number
    folds = [learner.fold_of(n) for n in range(64)]
    assert {folds.count(fold) for fold in learner.folds} == {64 // FOLDS}
    assert set(folds) == set(learner.folds)


def test_hands_that_share_a_fold_hardly_share_one_in_the_next_round() -> None:
    first, second = Learner.__new__(Learner), Learner.__new__(Learner)
    first.round, second.round = 0, 1
    together = [n for n in range(64) if first.fold_of(n) == 0]
    assert {[second.fold_of(n) for n in together].count(fold) for fold in second.folds} == {len(together) // FOLDS}


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


def test_unseen_documents_are_held_out_and_were_not_shown(tmp_path: Path) -> None:
    long = [f"Document {n} begins here and goes on. " + "It says what it says. " * 250 for n in range(300)]
    between = "\n\n".join(["counted"] * (HELD_OUT_EVERY - 1))
    (tmp_path / "news.txt").write_text("\n\n".join(f"{between}\n\n{text}" for text in long), "utf-8")
    shown = {text.split(" begins")[0] for text in sound_texts([tmp_path])}
    unseen = list(unseen_texts([tmp_path], 300, 6000, 40))
    assert len(shown) == 240
    assert len(unseen) == 40
    assert all("begins here" in text and text.split(" begins")[0] not in shown for text in unseen)
