"""What holds for every text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import despin
from despin import Config, Repairer, Report
from despin.learn.gold import Passage

ROOT = Path(__file__).parent.parent
SEED = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
EAGER = Repairer(config=Config.of("eager"))
ANY = st.text(st.characters(codec=None), max_size=200)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """The spun article with pieces cut out, repeated and replaced by anything."""
    start = draw(st.integers(0, len(SEED) - 400))
    text = SEED[start : start + draw(st.integers(50, 1500))]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(st.characters(codec=None), max_size=8)) + text[at + draw(st.integers(0, 12)) :]
    return text


def check(text: str, report: Report) -> None:
    end = 0
    pieces = []
    for edit in report.edits:
        assert end <= edit.start < edit.end <= len(text)
        assert text[edit.start : edit.end] == edit.before != edit.after
        assert 0 <= edit.confidence <= 1
        assert edit.rule
        pieces += [text[end : edit.start], edit.after]
        end = edit.end
    repaired = report.apply()
    assert repaired == "".join([*pieces, text[end:]])
    assert report.revert() == text
    assert report.revert(repaired) == text
    assert report.apply(lambda edit: False) is text
    if not report.edits:
        assert repaired is text
    assert 0 <= report.spin <= 1
    assert 0 <= report.rate <= 1


@settings(max_examples=300)
@given(ANY, st.sampled_from([None, True]))
def test_any_text(text: str, spun: bool | None) -> None:
    check(text, EAGER.inspect(text, spun=spun))


@settings(max_examples=200)
@given(mutations(), st.sampled_from([None, True]))
def test_mutated_article(text: str, spun: bool | None) -> None:
    check(text, EAGER.inspect(text, spun=spun))


@settings(max_examples=100)
@given(mutations(), st.data())
def test_some_of_the_edits(text: str, data: st.DataObject) -> None:
    report = EAGER.inspect(text, spun=True)
    chosen = set(data.draw(st.lists(st.sampled_from(report.edits)))) if report.edits else set()
    partly = Report(text, tuple(edit for edit in report.edits if edit in chosen))
    assert report.apply(lambda edit: edit in chosen) == partly.apply()
    assert partly.revert() == text


@settings(max_examples=100)
@given(mutations())
def test_told_that_it_is_sound(text: str) -> None:
    assert despin.repair(text, spun=False) is text


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        " " * 300_000,
        "\n" * 300_000,
        "1" * 1_000_000,
        "'" * 100_000,
        '"' * 100_000,
        "." * 100_000,
        "- " * 50_000,
        "\ud800 stated \udfff " * 200,
        "\0stated\0 " * 200,
        "שלום stated עולם " * 200,
        "👨‍👩‍👧 stated 🏳️‍🌈 " * 200,
        "e\u0301stated " * 200,
        "İstanbul stated İ " * 200,
        "<" * 100_000,
        "a@" * 50_000,
        "中文没有空格" * 20_000,
        "he stated that " * 3_000,
        "",
    ],
    ids=lambda text: repr(text[:12]),
)
@pytest.mark.parametrize("spun", [None, True])
def test_rough_texts(text: str, spun: bool | None) -> None:
    check(text, EAGER.inspect(text, spun=spun))


def test_threads_change_nothing(passages: list[Passage]) -> None:
    texts = [p.spun for p in passages[:40]] + [p.original for p in passages[:20]]
    one_by_one = [despin.repair(text) for text in texts]
    assert any(a != b for a, b in zip(one_by_one, texts, strict=True))
    for threads in (1, 2, 4):
        assert list(despin.repair_many(texts, threads=threads)) == one_by_one
    assert list(despin.repair_many(iter(texts))) == one_by_one


def test_many_is_lazy() -> None:
    taken = []

    def endless():  # type: ignore[no-untyped-def]
        while True:
            taken.append(1)
            yield "A sound text."

    results = despin.repair_many(endless(), threads=2)
    assert [next(results) for _ in range(5)] == ["A sound text."] * 5
    assert len(taken) < 500


def test_an_error_comes_where_its_text_stands() -> None:
    results = despin.repair_many(["sound", None, "sound"], threads=2)  # type: ignore[list-item]
    assert next(results) == "sound"
    with pytest.raises(TypeError):
        next(results)


def test_sound_passages_come_back_as_the_same_object(passages: list[Passage]) -> None:
    sound = [p.original for p in passages if p.meta.get("spin") != "none"]
    same = sum(despin.repair(text) is text for text in sound)
    assert same / len(sound) > 0.95


def test_repairing_twice(passages: list[Passage], seed: str) -> None:
    """A repaired text is hardly spun any more; what little a second pass changes is bounded."""
    changed = 0
    for text in [*(p.spun for p in passages), seed]:
        once = despin.repair(text)
        changed += despin.repair(once) != once
    assert changed <= len(passages) // 20


PROTECTED = "his Russian equivalent, Vladimir Putin"


@pytest.mark.parametrize(
    "rule",
    [
        PROTECTED,
        re.compile(r"his Russian \w+, Vladimir Putin"),
        (SEED.index(PROTECTED), SEED.index(PROTECTED) + len(PROTECTED)),
        lambda text: [(text.index(PROTECTED), text.index(PROTECTED) + len(PROTECTED))],
    ],
    ids=["text", "pattern", "offsets", "callable"],
)
def test_protected(rule: object, seed: str) -> None:
    repaired = Repairer(protect=[rule]).repair(seed)  # type: ignore[list-item]
    assert PROTECTED in repaired
    assert repaired != seed
    assert PROTECTED not in despin.repair(seed)


def test_quotations_can_be_left_alone(seed: str) -> None:
    quoted = "“brand-new turning points.”"
    assert quoted in Repairer(config=Config(quotations=False)).repair(seed)
    assert quoted not in despin.repair(seed)


def test_subclasses_of_str(seed: str) -> None:
    class Markup(str):
        """What an HTML parser gives."""

    assert despin.repair(Markup(seed)) == despin.repair(seed)
    sound = Markup("A sound text.")
    assert despin.repair(sound) is sound
    assert despin.spin_score(sound) == despin.spin_score("A sound text.")


def test_pickled(seed: str) -> None:
    import pickle

    tool = Repairer([[("zorked", "walked")]], Config.of("eager"), ["Moscow"])
    copy = pickle.loads(pickle.dumps(tool))
    assert copy.config == tool.config
    assert copy.repair(seed) == tool.repair(seed)


@pytest.mark.parametrize(
    ("value", "advice"),
    [(b"text", "decode"), (bytearray(b"x"), "decode"), (None, "str"), (3, "str"), (["a"], "repair_many")],
)
@pytest.mark.parametrize("function", [despin.repair, despin.inspect, despin.spin_score])
def test_wrong_type(function: object, value: object, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        function(value)  # type: ignore[operator]


@pytest.mark.parametrize("word", ["insert", "construct", "commence"])
def test_a_word_in_capitals_among_ordinary_ones_is_a_keyword(word: str) -> None:
    """It stays, though the same word in small letters would be replaced; a headline in capitals is read like a text."""
    tool = Repairer(config=Config(min_confidence=0.0))
    text = "The manual says that they {} a row, and he uttered it."
    assert word in [edit.before for edit in tool.inspect(text.format(word), spun=True).edits]
    assert tool.repair(text.format(word.upper()), spun=True).count(word.upper()) == 1
    assert tool.repair(text.format(word).upper(), spun=True) != text.format(word).upper()


DAMAGED = "silver nano molecules"  # of which the dictionary has "silver nano-molecules"


@pytest.mark.parametrize(
    ("written", "options"),
    [
        (DAMAGED, {"protect": [DAMAGED]}),
        (DAMAGED, {"protect": ["nano"]}),
        ('silver "nano" molecules', {}),
        ("silver NANO molecules", {}),
        ("silver. Nano molecules", {}),
        (f"`{DAMAGED}`", {}),
        (f"“{DAMAGED}”", {"config": Config.of("eager", quotations=False)}),
    ],
)
def test_damaged_phrases_are_seen_where_others_may_be(written: str, options: dict[str, Any]) -> None:
    """Not over what is protected, quotation marks or the end of a sentence."""
    text = "The anticipated {} were seen by the group. He utilized it."
    eager = {"config": Config.of("eager"), **options}
    assert DAMAGED not in Repairer(config=Config.of("eager")).repair(text.format(DAMAGED), spun=True)
    assert written in Repairer(**eager).repair(text.format(written), spun=True)
