"""Case, articles, deletions, digits: how a repair looks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import despin
from despin import Repairer
from despin.text.render import Draft, draft, fit_articles


def _drafted(text: str, before: str, surface: str) -> str:
    start = text.index(before)
    made = draft(text, start, start + len(before), surface)
    assert made is not None
    return text[: made.start] + made.after + text[made.end :]


@pytest.mark.parametrize(
    ("text", "before", "surface", "after"),
    [
        ("He stated so.", "stated", "said", "He said so."),
        ("Throughout the war", "Throughout", "during", "During the war"),
        ("HE STATED SO", "STATED", "said", "HE SAID SO"),
        ("had actually gone", "actually", "", "had gone"),
        ("they left actually.", "actually", "", "they left."),
        ("Actually he left.", "Actually", "", "He left."),
        ("published on Twitter today", "published on Twitter", "posted on twitter", "posted on Twitter today"),
        ("their very first visit", "very first", "first", "their first visit"),
        ("kids’s rights", "kids’s", "children's", "children’s rights"),
        ("The Kremlin said the 2 will meet again.", "2", "two", "The Kremlin said the two will meet again."),
        ("2 people said that they saw it.", "2", "two", "Two people said that they saw it."),
        ("that Beijing has actually said", "Beijing has actually", "beijing has", "that Beijing has said"),
        ("by not many shot learning.", "not many shot learning", "few-shot learning", "by few-shot learning."),
        ("close to absolutely no. The secret", "absolutely no.", "zero", "close to zero. The secret"),
        ("by Number No. 5", "No.", "number", "by Number Number 5"),
        ("a multi layered design", "multi layered", "multi-layered", "a multi-layered design"),
        ("a body-focused cubic lattice", "body-focused cubic", "body-centered cubic", "a body-centered cubic lattice"),
    ],
)
def test_draft(text: str, before: str, surface: str, after: str) -> None:
    assert _drafted(text, before, surface) == after


@pytest.mark.parametrize(
    "text", ["won 2-1 at home", "on March 2 they met", "version 2.0 came", "2 km away", "$2 each", "at 2 p.m."]
)
def test_digits_that_stay(text: str) -> None:
    start = text.index("2")
    assert draft(text, start, start + 1, "two") is None


@pytest.mark.parametrize(
    ("text", "drafts", "after"),
    [
        ("an equal of his", [Draft(3, 8, "counterpart")], "a counterpart of his"),
        ("A specialist spoke", [Draft(2, 12, "expert")], "An expert spoke"),
        ("a really huge hall", [Draft(2, 9, ""), Draft(9, 13, "enormous")], "an enormous hall"),
        ("an hour", [], "an hour"),
        ("a big unit", [Draft(2, 6, "")], "a unit"),
        ("vitamin a boosts", [Draft(10, 16, "aids")], "vitamin an aids"),
    ],
)
def test_articles(text: str, drafts: list[Draft], after: str) -> None:
    pieces, end = [], 0
    for item in fit_articles(text, drafts):
        pieces += [text[end : item.start], item.after]
        end = item.end
    assert "".join([*pieces, text[end:]]) == after


DELETING = Repairer(
    dictionaries=[[("wumblingly", ""), ("frumply", ""), ("zargle", "said"), ("a zeb", "an elk")]],
    config=despin.Config(min_confidence=0.0, typography=False),
)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("He has wumblingly frumply. Then he left.", "He has. Then he left."),
        ("Wumblingly zargle he would.", "Said he would."),
        ("Frumply wumblingly go home.", "Go home."),
        ("“Wumblingly frumply ZARGLE,” he went on.", "“SAID,” he went on."),
        ("Then wumblingly frumply", "Then"),
    ],
)
def test_deletions_beside_other_edits(text: str, after: str) -> None:
    assert DELETING.repair(text, spun=True) == after


@settings(max_examples=200)
@given(st.lists(st.sampled_from("wumblingly Frumply zargle Zargle a zeb he . , \n ” “ Über 2".split(" ")), max_size=12))
def test_edits_beside_each_other_do_not_overlap(words: list[str]) -> None:
    for text in (" ".join(words), "".join(words)):
        report = DELETING.inspect(text, spun=True)
        ends = [0, *(edit.end for edit in report.edits)]
        assert all(end <= edit.start < edit.end for end, edit in zip(ends, report.edits, strict=False))
        assert DELETING.repair(text, spun=True) == report.apply()


def test_article_within_an_edit() -> None:
    tool = Repairer(dictionaries=[[{"spun": "zorkist", "original": "expert", "pos": "noun", "weight": 0.7}]])
    report = tool.inspect("He spoke to a zorkist on Monday.", spun=True)
    assert [(edit.before, edit.after) for edit in report.edits] == [("a zorkist", "an expert")]
    assert report.edits[0].rule == "user noun: zorkist -> expert"


def test_typography_only_in_spun_texts() -> None:
    sound = "The 12- point plan was read out. Nobody said a word, and the meeting went on until noon."
    assert despin.repair(sound) is sound
