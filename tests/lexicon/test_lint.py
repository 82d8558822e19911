"""Lint: every rule has rows that break it and rows that keep it; the dictionaries themselves have no errors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from despin.channel.rows import Row
from despin.cli import main
from despin.lexicon import clean
from despin.lexicon.files import find_files, read_file, sort_key
from despin.lexicon.lint import RULES, fix, lint
from despin.lexicon.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]
DICTIONARIES = ROOT / "dictionaries" / "en"
HEAD = "# family: news\n# pos: verb\nspun\toriginal\tweight\tcontext\tnote\n"
OTHER = "# family: {}\n# pos: {}\nspun\toriginal\tweight\tcontext\tnote\n{}\n"
NOUN, PHRASE, ANY = (("news", "noun"), ("news", "phrase"), ("any", "verb"))

# rule, lines that break it, lines that keep it: contents of news.verb.tsv, maybe after a header of their own
CASES = [
    ("unreadable", "state\tsay\tmuch", "state\tsay\t0.4"),
    ("unreadable", "state\tstate", "state\tsay\t0.4"),
    ("unreadable", "state\tsay\t0.4\tafter=the", "state\tsay\t0.4\tprev=the"),
    ("header", OTHER.format("news", "noun", "state\tsay\t0.4"), OTHER.format("news", "verb", "state\tsay\t0.4")),
    ("header", OTHER.format("casino", "verb", "state\tsay\t0.4"), OTHER.format("news", "verb", "state\tsay\t0.4")),
    ("form", "state\tsay\t0.40", "state\tsay\t0.4"),
    ("form", "state\tsay\t0.4\t\t", "state\tsay\t0.4"),
    ("form", "state\tsay\t0.4\n\ntell\tsay\t0.4", "state\tsay\t0.4\ntell\tsay\t0.4"),
    ("form", "state\tsay\t0.4\n# late", "state\tsay\t0.4"),
    ("form", "state\tsay\t0.4\r", "state\tsay\t0.4"),
    ("form", "# family: news\n# pos: verb\nspun\toriginal\nstate\tsay\n", "state\tsay\t0.3"),
    ("order", "tell\tsay\t0.4\nstate\tsay\t0.4", "state\tsay\t0.4\ntell\tsay\t0.4"),
    ("order", "state\tsay\t0.4\nstate\targue\t0.4", "state\targue\t0.4\nstate\tsay\t0.4"),
    ("duplicate", "state\tsay\t0.4\nstate\tsay\t0.4", "state\tsay\t0.4\nstate\tsay\t0.4\tprev=he"),
    ("duplicate", "state\tsay\t0.3\nstate\tsay\t0.4", "state\tsay\t0.4"),
    ("function-word", "have\tcarry\t0.4", "have\tcarry\t0.4\tnext=the"),
    ("list", "state/tell\tsay\t0.4", "state\tsay\t0.4"),
    ("list", "state (loudly)\tsay\t0.4", "state loudly\tsay\t0.4"),
    ("quotes", "don’t state\tsay\t0.4", "don't state\tsay\t0.4"),
    ("hyphen", "fine - tune\tsay\t0.4", "fine-tune\tsay\t0.4"),
    ("hyphen", "state\t- say\t0.4", "state\tsay\t0.4"),
    ("symbols", "state – loudly\tsay\t0.4", "state loudly\tsay\t0.4"),
    ("no-effect", "eat a apple\teat an apple\t0.4", "eat a apple\teat the apple\t0.4"),
    ("opposite", "say\tstate\t0.4\nstate\tsay\t0.4", "say\ttell\t0.4\nstate\tsay\t0.4"),
    ("capitals", "State\tsay\t0.4", "visit Russia\tsee Russia\t0.4"),
    ("capitals", "meet\tconvene the Court\t0.4", "meet\tVisit The Court\t0.4"),
    ("base-form", "states\tsay\t0.4", "state\tsay\t0.4"),
    ("base-form", "state\tsaid\t0.4", "find\tfound\t0.4"),
    ("unknown-word", "zxqv\tsay\t0.4", "state\tsay\t0.4"),
    ("unknown-word", "state\tzxqv\t0.4", "state\tsay 12\t0.4"),
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary()


def rules(path: Path, vocabulary: Vocabulary) -> set[str]:
    others = [read_file(other) for other in path.parent.glob("*.tsv") if other != path]
    return {complaint.rule for complaint in lint([read_file(path)], vocabulary, others)}


def write(path: Path, lines: str) -> Path:
    path.write_bytes((lines if lines.startswith("#") and "spun\t" in lines else f"{HEAD}{lines}\n").encode())
    return path


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_rules(tmp_path: Path, vocabulary: Vocabulary, rule: str, bad: str, good: str) -> None:
    path = tmp_path / "news.verb.tsv"
    assert rule in rules(write(path, bad), vocabulary)
    assert rule not in rules(write(path, good.rstrip("\n")), vocabulary)


# rule, the row in news.verb.tsv, family and part of speech of the file beside it, its row, whether that is a complaint
BESIDE = [
    ("cycle", "say\tstate\t0.1", ANY, "state\tsay\t0.4", True),
    ("cycle", "say\tstate\t0.4", ANY, "state\tsay\t0.1", False),  # the complaint is about the other row
    ("cycle", "cook\tchef\t0.1", NOUN, "chef\tcook\t0.4", True),
    ("cycle", "say\tstate\t0.1", ("casino", "verb"), "state\tsay\t0.4", False),
    ("redundant", "state\tsay\t0.4", ANY, "state\tsay\t0.4", True),
    ("redundant", "state\tsay\t0.5", ANY, "state\tsay\t0.4", False),  # more frequent in this family
    ("redundant", "state\tsay\t0.4\tprev=he", ANY, "state\tsay\t0.4", False),
    ("redundant", "state\tsay\t0.4", NOUN, "state\tsay\t0.4", False),  # other written forms
    ("redundant", "state\tsay\t0.4", PHRASE, "state\tsay\t0.4", False),  # the phrase gives fewer forms
    ("redundant", "state\tsay\t0.4", ("casino", "verb"), "state\tsay\t0.4", False),
]


@pytest.mark.parametrize(("rule", "row", "kind", "other", "complains"), BESIDE)
def test_rows_of_other_files(
    tmp_path: Path,
    vocabulary: Vocabulary,
    rule: str,
    row: str,
    kind: tuple[str, str],
    other: str,
    complains: bool,
) -> None:
    (tmp_path / f"{kind[0]}.{kind[1]}.tsv").write_text(OTHER.format(*kind, other), "utf-8")
    assert (rule in rules(write(tmp_path / "news.verb.tsv", row), vocabulary)) == complains


def test_a_phrase_that_is_a_form_of_another_row(tmp_path: Path, vocabulary: Vocabulary) -> None:
    write(tmp_path / "news.verb.tsv", "state\tsay\t0.4")
    path = tmp_path / "news.phrase.tsv"
    path.write_text(OTHER.format(*PHRASE, "stated\tsaid\t0.4"), "utf-8")
    assert rules(path, vocabulary) == {"redundant"}
    path.write_text(OTHER.format(*PHRASE, "stated\tclaimed\t0.4"), "utf-8")
    assert rules(path, vocabulary) == set()


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, *_rest in (*CASES, *BESIDE)} | {"harm"} == set(RULES)  # harm: see below


def test_a_file_that_is_not_utf8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "news.verb.tsv"
    path.write_bytes(HEAD.encode() + b"caf\xe9\tsay\n")
    assert main(["lexicon", "lint", str(path)]) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_files_named_otherwise_say_what_they_hold(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("# of my own\nspun\toriginal\tpos\nstate\tsay\tverb\n", "utf-8")
    assert rules(path, vocabulary) == set()


def test_fix(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "news.verb.tsv"
    path.write_bytes(
        b"\xef\xbb\xbf# pos: verb\r\n# family: news\r\n# licence: mine\r\nspun\toriginal\tnote\tweight\r\n"
        b"tell\tsay\t\t0.40\r\n\r\n# seen often\r\nstate\tsay\tx\t.4\r\ntell\tsay\t\t0.4\r\n"
    )
    assert {"form", "order"} <= rules(path, vocabulary)
    before = {row for _line, row in read_file(path).rows}
    assert fix(read_file(path))
    assert path.read_text("utf-8") == (
        "# family: news\n# pos: verb\n# licence: mine\n# seen often\nspun\toriginal\tweight\tcontext\tnote\n"
        "state\tsay\t0.4\t\tx\ntell\tsay\t0.4\n"
    )
    assert {row for _line, row in read_file(path).rows} == before
    assert rules(path, vocabulary) == set()
    assert not fix(read_file(path))


def test_fix_loses_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "news.verb.tsv", "tell\tsay\t0.3\nstate\tsay\tmuch\ntell\tsay\t0.4")
    before = path.read_bytes()
    assert not fix(read_file(path))  # a line that cannot be read
    assert path.read_bytes() == before
    fix(read_file(write(path, "tell\tsay\t0.3\nstate\tsay\t0.4\ntell\tsay\t0.4")))
    assert [row.weight for _line, row in read_file(path).rows] == [0.4, 0.3, 0.4]  # two opinions, a person decides


@pytest.mark.parametrize("path", sorted(DICTIONARIES.glob("*.tsv")), ids=lambda path: path.name)
def test_the_dictionaries_are_in_canonical_form(path: Path) -> None:
    file = read_file(path)
    assert file.canonical() == file.text
    rows = [row for _line, row in file.rows]
    assert rows == sorted(rows, key=sort_key)


def test_the_dictionaries_have_no_errors(vocabulary: Vocabulary) -> None:
    files = [read_file(path) for path in find_files([DICTIONARIES])]
    assert len(files) >= 30
    assert [str(complaint) for complaint in lint(files, vocabulary) if complaint.level == "error"] == []


def test_harm_on_clean_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The 50th document of a corpus is held out; with a row that turns sound words over, it is changed."""
    corpus = tmp_path / "corpus.txt"
    held_out = "The zorking council met in the old town hall. " * 4 + "Nobody was zorking at all."
    documents = [f"Document {n} says zorking." for n in range(49)]
    corpus.write_text("\n\n".join([*documents, held_out]) + "\n", "utf-8")
    assert list(clean.held_out([corpus])) == [held_out + "\n"]

    path = tmp_path / "mine.tsv"
    path.write_text("spun\toriginal\tweight\nmet\tconvened\t0.01\nzorking\twalking\t0.7\n", "utf-8")
    assert main(["lexicon", "lint", str(path), "--clean", str(corpus), "--spun"]) == 1
    shown = capsys.readouterr()
    assert f"{path}:3: error: changes clean text 5 times" in shown.out
    assert f"{path}:2: error" not in shown.out
    assert "5 edits" in shown.err
    corpus.write_text(corpus.read_text("utf-8").replace("zorking", "working"), "utf-8")
    assert main(["lexicon", "lint", str(path), "--clean", str(corpus), "--spun"]) == 0


def test_a_single_edit_proves_nothing() -> None:
    assert clean.Harm(clean.Counter({"a": 1}), 10).excessive() == {}
    assert clean.Harm(clean.Counter({"a": 2, "b": 1}), 10).excessive() == {"a": 2}
    assert clean.Harm(clean.Counter({"a": 3, "b": 2}), 2_500_000).excessive() == {"a": 3}


def test_capitals(vocabulary: Vocabulary) -> None:
    assert vocabulary.needless_capitals("All that") == ["All"]
    assert vocabulary.needless_capitals("High Court") == []
    assert vocabulary.needless_capitals("the DNA of Russia") == []
    assert vocabulary.lower("Stock Market in Russia") == "stock market in Russia"


def test_complaints_are_of_the_row(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = write(tmp_path / "news.verb.tsv", "state\tsay\t0.4\nzxqv\tsay\t0.4")
    [complaint] = lint([read_file(path)], vocabulary)
    assert str(complaint) == (
        f"{path}:5: warning: the language model has never seen this spun word: zxqv [unknown-word]"
    )
    assert complaint.to_dict()["level"] == "warning"
    assert os.path.basename(complaint.file) == "news.verb.tsv"
    assert read_file(path).rows[1] == (5, Row("zxqv", "say", "verb", "news", 0.4))
