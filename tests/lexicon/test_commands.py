"""The commands from outside: what they print, and their exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from despin.cli import main
from despin.learn.gold import Passage, read_passages
from despin.learn.weights import pairs_seen, phrase
from despin.lexicon.coverage import GROUPS, Coverage, tally
from despin.lexicon.lexicon import BUILT_IN, Lexicon, find_dictionaries
from despin.lexicon.search import search, why

ROOT = Path(__file__).parents[2]
HEAD = "# family: {}\n# pos: {}\nspun\toriginal\tweight\tcontext\tnote\n"
FILES = {
    "news.verb.tsv": "go over\tdiscuss\t0.4\nstate\tsay\t0.7\ntake a trip\ttravel\t0.4\n",
    "news.noun.tsv": "heart illness\theart disease\t0.3\nkid\tchild\t0.4\tnext!=of\tseen\nstate\tsay\t0.1\n",
    "casino.phrase.tsv": "in fact\t\t0.2\nonline gambling establishment\tonline casino\t0.7\t\ttrain\n",
}
GOLD = """\
# register: news-crime
He [[stated=>said|told us]] that [[2=>two]] of the [[kids=>children]] [[took a long trip to=>travelled to]] it.
%%
# register: casino
# family: casino
The [[online gambling establishment=>online casino]] is [[big~>large]].
%%
# register: casino
# family: casino
No [[online gambling establishments~>online casinos]] and an [[online gambling establishment~>online casino]] here.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in FILES.items():
        (tmp_path / name).write_text(HEAD.format(*name.split(".")[:2]) + rows, "utf-8")
    return tmp_path


@pytest.fixture
def lexicon(folder: Path) -> Lexicon:
    return Lexicon.open(folder)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "some.gold.txt"
    path.write_text(GOLD, "utf-8")
    return path


def test_lint_exit_codes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lint = ["lexicon", "lint", "--dictionaries", str(folder)]
    assert main(lint) == 0
    path = folder / "news.verb.tsv"
    path.write_text(path.read_text("utf-8") + "zxqv\tsay\t0.4\n", "utf-8")
    assert main(lint) == 0  # a warning
    assert main([*lint, "--strict"]) == 1
    assert main([*lint, "--strict", "--ignore", "unknown-word"]) == 0
    path.write_text(path.read_text("utf-8") + "abide\tbear\t0.4\n", "utf-8")
    capsys.readouterr()
    assert main(lint) == 1
    shown = capsys.readouterr()
    assert f"{path}:8: error: news verb: abide -> bear is not in its sorted place" in shown.out
    assert "1 error: order" in shown.err
    assert main([*lint, "--format", "json"]) == 1
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(r["line"], r["level"], r["rule"]) for r in records} == {
        (7, "warning", "unknown-word"),
        (8, "error", "order"),
    }
    assert main([*lint, "--fix"]) == 0
    assert "news.verb.tsv: rewritten" in capsys.readouterr().err


def test_one_file_is_compared_with_those_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "news.phrase.tsv"
    path.write_text(HEAD.format("news", "phrase") + "stated\tsaid\t0.1\n", "utf-8")
    assert main(["lexicon", "lint", str(path)]) == 0
    out = capsys.readouterr().out
    assert "adds nothing to news.verb.tsv:5" in out
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lint", "--ignore", "nonsense"], "no rule nonsense"),
        (["lint", "nowhere"], "nowhere: no dictionary here"),
        (["search", "(", "--regex"], "not a regular expression"),
        (["why", "x", "--dictionaries", "nowhere"], "nowhere: no dictionary here"),
        (["coverage", "nowhere.txt"], "nowhere.txt"),
        (["import", "nowhere.txt", "--format", "tsv"], "nowhere.txt"),
        (["import", "nowhere.txt", "--format", "tsv", "--weight", "2"], "--weight 2"),
        (["nonsense"], "invalid choice"),
        ([], "required: ACTION"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_outside_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_dictionaries(Path()) is None
    assert main(["lexicon", "lint"]) == 2
    assert main(["lexicon", "why", "bosom peril"]) == 0
    assert "-> breast cancer" in capsys.readouterr().out
    assert Lexicon.open(None).rows[0].place == BUILT_IN


def test_inside_of_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "docs")
    found = find_dictionaries(Path())
    assert found is not None
    assert found.resolve() == ROOT / "dictionaries" / "en"


# text, settings, rows found in order
SEARCHES = [
    ("state", {}, ["state -> say", "state -> say"]),
    ("stated", {}, ["state -> say"]),
    ("said", {}, ["state -> say"]),
    ("said", {"side": "spun"}, []),
    ("children's", {"side": "original"}, ["kid -> child [next!=of]"]),
    ("trips", {}, []),
    ("trip", {}, ["take a trip -> travel"]),
    ("took a", {}, ["take a trip -> travel"]),
    ("illness", {"family": "casino"}, []),
    ("Heart", {}, ["heart illness -> heart disease"]),
    ("hear", {}, []),
    ("two", {"side": "original"}, ["2 -> two"]),
    ("dis", {"regex": True}, ["go over -> discuss", "heart illness -> heart disease"]),
    ("^said$", {"regex": True}, ["state -> say"]),
    ("", {}, []),
]


@pytest.mark.parametrize(("text", "settings", "expected"), SEARCHES)
def test_search(lexicon: Lexicon, text: str, settings: dict[str, object], expected: list[str]) -> None:
    found = search(lexicon, text, **settings)  # type: ignore[arg-type]
    assert sorted(str(match.found.row).split(": ")[1] for match in found) == sorted(expected)


def test_exact_matches_come_first(lexicon: Lexicon) -> None:
    assert [match.exact for match in search(lexicon, "discuss|heart.*", regex=True)] == [True, True]
    first, second = search(lexicon, "travel|over", regex=True)
    assert (first.exact, second.exact) == (True, False)


def test_search_prints_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "search", "kids", "--dictionaries", str(folder)]) == 0
    shown = capsys.readouterr()
    row = "news noun: kid -> child  0.4 [next!=of] (seen)"
    assert shown.out == f"{folder / 'news.noun.tsv'}:5: {row}  as kids -> children\n"
    assert main(["lexicon", "search", "a|e", "--regex", "--limit", "2", "--dictionaries", str(folder)]) == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_why(lexicon: Lexicon) -> None:
    found = why(lexicon, "stated the 2 kids’s")
    written = [(t.spun, t.original) for t in found if t.spun != "kids'"]  # an apostrophe alone is no token
    assert written == [
        ("kids's", "children's"),
        ("2", "two"),
        ("kids", "children"),
        ("stated", "said"),
    ]
    assert why(lexicon, "a sound text") == []
    assert why(lexicon, "") == []


def test_why_tells_what_was_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dictionaries, models = tmp_path / "dictionaries" / "en", tmp_path / "models"
    dictionaries.mkdir(parents=True)
    models.mkdir()
    (dictionaries / "news.verb.tsv").write_text(HEAD.format("news", "verb") + FILES["news.verb.tsv"], "utf-8")
    (models / "en.lm").touch()
    (models / "weights.tsv").write_text(
        "#\nspun\toriginal\tpos\tfamily\tweight\nstate\tsay\tverb\tnews\t0.55\n", "utf-8"
    )
    (models / "reliability.tsv").write_text(
        "#\nspun\toriginal\tlog_odds\thands\tagainst\nstated\tsaid\t1.50\t5\t3\nstated\t\t-0.25\t5\t8\n", "utf-8"
    )
    assert main(["lexicon", "why", "stated", "--dictionaries", str(dictionaries)]) == 0
    first, second, _row = capsys.readouterr().out.splitlines()
    assert first.startswith("stated: ")
    assert first.endswith("in a million words; spun at all: -0.25")
    assert second == "  -> said  weight 0.7 (learned 0.55), reliability +1.50"


def test_frequency(lexicon: Lexicon) -> None:
    frequency = lexicon.vocabulary.per_million
    assert frequency("said") > frequency("asserted") > frequency("heart illness") > 0
    assert frequency("zxqv") == 0


def test_coverage(lexicon: Lexicon, gold: Path) -> None:
    slots = list(Coverage(lexicon).slots(list(read_passages(gold))))
    shown = [(item.passage.spun[item.slot.start : item.slot.end], item.covered) for item in slots]
    assert shown == [
        ("stated", True),
        ("2", True),
        ("kids", True),
        ("took a long trip to", False),
        ("online gambling establishment", True),
        ("big", False),
        ("online gambling establishments", False),  # the row is a phrase: it is not inflected
        ("online gambling establishment", True),
    ]
    by_register = tally(slots, GROUPS["register"])
    assert (by_register["news-crime"].required_covered, by_register["news-crime"].required) == (3, 4)
    assert (by_register["casino"].optional_covered, by_register["casino"].optional) == (1, 3)
    assert list(tally(slots, GROUPS["family"])) == ["casino", "news"]


def test_a_row_of_the_passages_does_not_count_for_its_own_passage(lexicon: Lexicon, gold: Path) -> None:
    coverage = Coverage(lexicon)
    passages = list(read_passages(gold))

    def covered(passages: list[Passage]) -> int:
        slots = coverage.slots_in_folds(passages, len(passages))
        return sum(i.covered for i in slots if i.slot.accepted == ("online casino",))

    assert covered(passages) == 2  # each of two passages attests the row for the other
    assert covered(passages[:2]) == 0


def test_coverage_is_that_of_learning(passages: list[Passage]) -> None:
    """A slot is covered exactly if a pair that learning sees in it is a written form of a row (or a small digit)."""
    lexicon = Lexicon.open(ROOT / "dictionaries" / "en")
    forms = {(phrase(s), phrase(o)) for found in lexicon.rows for s, o in lexicon.forms(found.row)}
    slots = list(Coverage(lexicon).slots(passages))
    assert len(slots) > 1000
    for item in slots:
        has_row = bool(pairs_seen([replace(item.passage, slots=(item.slot,))]) & forms)
        digit = item.passage.spun[item.slot.start : item.slot.end] in {"2", "3", "10", "12"}
        assert item.covered == has_row or digit


def test_coverage_prints_shares(folder: Path, gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["lexicon", "coverage", str(gold), "--dictionaries", str(folder)]
    assert main([*command, "--by", "register", "--missing"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "required\toptional\tslots",
        "0.800 (4/5)\t0.333 (1/3)\tall",
        "1.000 (1/1)\t0.333 (1/3)\tcasino",
        "0.750 (3/4)\t-\tnews-crime",
        "some.gold.txt#0\ttook a long trip to => travelled to",
        "some.gold.txt#1\tbig ~> large",
        "some.gold.txt#2\tonline gambling establishments ~> online casinos",
    ]
    assert main([*command, "--folds", "3"]) == 0
    assert main([*command, "--folds", "4"]) == 2
