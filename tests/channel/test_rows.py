"""Rows: reading, conditions, inflection, lint."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from despin import Repairer, Row
from despin.channel import link
from despin.channel.context import Clause, parse_context
from despin.channel.inflect import inflections
from despin.channel.link import Entry, Linker, phrase_tokens
from despin.channel.rows import parse_rows, read_folder, read_lines, read_rows
from despin.config import Config
from despin.errors import DictionaryError

ROOT = Path(__file__).parents[2]


def test_reading_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(
        "# family: bookmark\n# pos: verb\n# a remark\nspun\toriginal\tweight\tcontext\tnote\r\n"
        "zork\twalk\t0.4\tnext!=of\tabout walking\r\n\nactually\t\t0.7\tprev=HAVE\n",
        "utf-8",
    )
    assert list(read_rows(path)) == [
        Row("zork", "walk", "verb", "bookmark", 0.4, "next!=of", "about walking"),
        Row("actually", "", "verb", "bookmark", 0.7, "prev=HAVE"),
    ]


def test_rows_in_code() -> None:
    rows = list(
        parse_rows([("a b", "c"), {"spun": "zork", "original": "walk", "pos": "verb", "weight": 0.5}, Row("x", "y")])
    )
    assert rows == [Row("a b", "c"), Row("zork", "walk", "verb", weight=0.5), Row("x", "y")]


NAMES = {"Zork": "May", "Zork Home": "White House"}


def test_conditions() -> None:
    first, second = parse_context("prev=NAME|the; next!=of")
    assert first == Clause(-1, False, ("the",), (-2,))
    assert second == Clause(1, True, ("of",), ())
    assert parse_context("") == ()
    assert parse_context("this=NAME") == (Clause(2, False, (), (-2,)),)
    with pytest.raises(ValueError, match="this=NAME"):
        parse_context("this=the")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            Row("state", "say", "verb"),
            {("state", "say"), ("states", "says"), ("stating", "saying"), ("stated", "said")},
        ),
        (
            Row("take a trip", "travel", "verb"),
            {("takes a trip", "travels"), ("took a trip", "traveled"), ("taken a trip", "traveled")},
        ),
        (
            Row("kid", "child", "noun"),
            {("kid", "child"), ("kids", "children"), ("kids's", "children's"), ("kids'", "children's")},
        ),
        (Row("innovation", "technology", "noun"), {("innovations", "technologies")}),
        (
            Row("chief executive", "CEO", "noun"),
            {("chief executive", "CEO"), ("chief executives", "CEOs")},
        ),
        (Row("gaussian clamor", "Gaussian noise", "noun"), {("gaussian clamors", "Gaussian noises")}),
        (Row("healthcare facility", "hospital", "noun"), {("healthcare facilities", "hospitals")}),
        (
            Row("youthful", "young", "adjective"),
            {("youthful", "young"), ("more youthful", "younger"), ("most youthful", "youngest")},
        ),
        (Row("in between", "between", "phrase"), {("in between", "between")}),
    ],
)
def test_inflection(row: Row, expected: set[tuple[str, str]]) -> None:
    assert expected <= set(inflections(row, lambda word: True))


def test_mass_nouns_fall_back_to_the_base_form() -> None:
    forms = set(inflections(Row("datum", "evidence", "noun"), lambda word: word != "evidences"))
    assert ("data", "evidence") in forms


def test_a_mass_noun_stands_for_a_plural() -> None:
    forms = set(inflections(Row("footwear", "shoe", "noun"), lambda word: word != "footwears"))
    assert {("footwear", "shoe"), ("footwear", "shoes")} <= forms


@pytest.mark.parametrize(
    ("spun", "original"),
    [("bouncing box", "bounding box"), ("homeowner", "resident"), ("organization", "network")],
)
def test_a_noun_in_the_singular_stands_for_no_plural(spun: str, original: str) -> None:
    """lemminflect gives "box" among the plurals of "box"."""
    forms = set(inflections(Row(spun, original, "noun"), lambda word: True))
    assert [o for s, o in forms if s == spun] == [original]


def test_tokens_of_a_phrase() -> None:
    assert phrase_tokens("Brand-new kids’s U.S. toys") == ["brand", "-", "new", "kids", "'s", "u.s.", "toys"]


def test_linking_is_deterministic() -> None:
    def sections() -> dict[str, bytes]:
        ids: dict[str, int] = {}
        linker = Linker(lambda word: ids.setdefault(word, len(ids)), [Row("a b", "c"), Row("a", "d", context="prev=x")])
        linker.add([Entry("a b", "c", 0), Entry("a", "d", 1), Entry("a b", "c", 0)])
        return linker.sections()

    assert sections() == sections()
    assert zlib.decompress(sections()["phrases"]) == b"a\na b"


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("He zorked home.", True),
        ("Smith zorked home.", False),
        ("He zorked of it.", False),
        ("The Zorked home", False),
    ],
)
def test_conditions_of_the_users_rows(text: str, changes: bool) -> None:
    row = {"spun": "zorked", "original": "walked", "weight": 0.7, "context": "prev=he; next!=of"}
    assert (Repairer([[row]]).repair(text, spun=True) != text) == changes


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("He met Theresa Zork today.", True),
        ("Zork he must.", False),
        ("He may zork today.", False),
        ("Zork Home officials said so.", True),
        ("A zork home stood there.", False),
        ("Zork home was far.", False),
        ("In the Zork Home they said so.", True),
    ],
)
def test_rows_of_names(text: str, changes: bool) -> None:
    rows = [{"spun": name, "original": to, "weight": 0.7, "context": "this=NAME"} for name, to in NAMES.items()]
    assert (Repairer([rows]).repair(text, spun=True) != text) == changes


@pytest.mark.parametrize(
    "text",
    [
        "They might meet the wise man in the white home by the road.",
        "It was a sensible phone call, and the terminals might be sold in a huge apple tree sale.",
    ],
)
def test_what_is_no_name_becomes_none(text: str) -> None:
    assert not any(
        name in edit.after
        for edit in Repairer(config=Config.of("eager")).inspect(text, spun=True).edits
        for name in ("May", "Smart", "White House", "Big Apple")
    )


def test_the_users_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("spun\toriginal\tpos\tweight\nzork\twalk\tverb\t0.7\n", "utf-8")
    tool = Repairer(dictionaries=path)
    report = tool.inspect("She zorked to school and was zorking back.", spun=True)
    assert report.apply() == "She walked to school and was walking back."
    assert {edit.rule for edit in report.edits} == {"user verb: zork -> walk"}


def test_wrong_lines_do_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_bytes(b"\xef\xbb\xbfspun\toriginal\r\nzork\twalk\r\nsame\tsame\r\nzonk\trun\r\n")
    found = list(read_lines(path))
    assert [number for number, _row in found] == [2, 3, 4]
    assert [row for _number, row in found if isinstance(row, Row)] == [Row("zork", "walk"), Row("zonk", "run")]
    assert isinstance(found[1][1], DictionaryError)
    with pytest.raises(DictionaryError, match=r"mine\.tsv:3"):
        list(read_rows(path))


def test_what_is_always_written_in_capitals_is_restored_in_capitals() -> None:
    """A dictionary's original is what a repair puts into a text: "CEO", and not "ceo"."""
    small = set("ai bbc ceo cctv cia cnn dna dvd fbi i mri nato nhs rna tv uk".split())
    small |= set("american british chinese christmas european friday monday russian sunday".split())
    rows = read_folder(ROOT / "dictionaries/en")
    assert [row for row in rows if small & set(row.original.split())] == []


def test_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("zork", "walk"), ("zonk", "wander about")]
    monkeypatch.setattr(link, "_MOST_PLACES", 4)
    Repairer(dictionaries=[rows])
    monkeypatch.setattr(link, "_MOST_PLACES", 3)
    with pytest.raises(DictionaryError, match=r"row [12]: no room beyond 3 characters of originals, or rows"):
        Repairer(dictionaries=[rows])
