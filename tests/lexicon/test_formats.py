"""Imports: what each format gives, what is left out and why, and the way there and back."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin.channel.rows import Row, read_rows
from despin.cli import main
from despin.errors import DictionaryError
from despin.lexicon.files import open_target, read_file
from despin.lexicon.formats import Item, Pair, Skipped, spintax
from despin.lexicon.importing import FORMATS, decode, read, to_rows
from despin.lexicon.lint import lint
from despin.lexicon.vocabulary import Vocabulary

VOCABULARY = Vocabulary()
TEMPLATE = Row("-", "", "phrase", "user", 0.3)
PPS = '"Fingerprint - Tortured Phrase","Expected Text","Nb Retrieved Papers"\n'


def pairs(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.spun, item.original) for item in items if isinstance(item, Pair)]


def reasons(items: list[Item]) -> list[tuple[int, str]]:
    return [(item.line, item.reason) for item in items if isinstance(item, Skipped)]


# format, text, pairs
GIVES = [
    ("tsv", "commence\tbegin\nutilise\tuse\n", [("commence", "begin"), ("utilise", "use")]),
    ("tsv", "# a list\r\n\r\ncommence\tbegin\r\n", [("commence", "begin")]),
    ("tsv", '"commence"\t"begin ""now"""\n', [("commence", 'begin "now"')]),
    ("tsv", "original\tspun\nbegin\tcommence", [("commence", "begin")]),
    ("tsv", "actually\t", [("actually", "")]),
    ("codespell", "ahve->have\n# remark\nteh->the", [("ahve", "have"), ("teh", "the")]),
    ("codespell", "ahve->have, halve,", [("ahve", "have"), ("ahve", "halve")]),
    ("codespell", "clas->class, disabled because of a name", [("clas", "class")]),
    ("spintax", "We {said|stated|told} so.", [("stated", "said"), ("told", "said")]),
    ("spintax", "{a {big|huge} house|a home}", [("huge", "big"), ("a home", "a big house")]),
    ("spintax", "{a|{b|c}}", [("c", "b"), ("b", "a"), ("c", "a")]),
    ("spintax", "no braces | here", []),
    ("spintax", "{only one} {|really }good", [("really", "")]),
    ("spintax", "{one\ntwo|three}", [("three", "one two")]),
    ("pps", PPS + '"""profound learning"" AND ""deep learning""","deep learning (DL)","4,146"', [
        ("profound learning", "deep learning")]),
    ("pps", PPS + '"""highlight extraction"" NOT specular","feature extraction","1"', [
        ("highlight extraction", "feature extraction")]),
    ("pps", 'tortured_phrase,expected_phrase,num_papers\n"""bosom peril""",breast cancer,3', [
        ("bosom peril", "breast cancer")]),
    ("pps", "Fingerprint;Expected Text\nbosom peril;breast cancer", [("bosom peril", "breast cancer")]),
    ("pps", PPS + '"""bosom peril"" OR ""bosom malignancy""","[breast] breast cancer","1"', [
        ("bosom peril", "breast cancer"), ("bosom malignancy", "breast cancer")]),
    ("pps", PPS + '"""data and innovation""","\\""information technology (IT)\\""","1"', [
        ("data and innovation", "information technology")]),
]  # fmt: skip


@pytest.mark.parametrize(("format_", "text", "expected"), GIVES)
def test_pairs(format_: str, text: str, expected: list[tuple[str, str]]) -> None:
    items = list(read(text, format_))
    assert pairs(items) == expected
    assert reasons(items) == []


# format, text, line and reason of what is left out
LEAVES_OUT = [
    ("tsv", "commence begin", 1, "no tab"),
    ("tsv", 'a\tb\n"open\tend', 2, "quotation marks"),
    ("tsv", "commence\tbegin\tmuch", 1, "weight is not a number"),
    ("codespell", "ahve=have", 1, "no ->"),
    ("codespell", "ahve->", 1, "no correction"),
    ("spintax", "{a|" + "{b|c}" * 20 + "}", 1, "variants beyond"),
    ("pps", PPS + '"""bosom"" AND ""breast""",breast,1', 2, "only beside others"),
    ("pps", PPS + '"""gatherings clustering""~10",clustering,1', 2, "near each other"),
    ("pps", PPS + '"""cadence design""",rythm pattern (?),1', 2, "uncertain"),
    ("pps", PPS + '"""conveyance framework""",delivery strategy/system,1', 2, "uncertain"),
    ("pps", PPS + '"""hazard ratio (RR)""",relative risk,1', 2, "wildcard or a parenthesis"),
    ("pps", PPS + '"""optimiz* thing""",other,1', 2, "wildcard or a parenthesis"),
    ("pps", PPS + 'bosom AND peril,breast cancer,1', 2, "not understood"),
    ("pps", PPS + '"""area unit""",one two three four five six seven eight nine,1', 2, "no phrase"),
    ("pps", PPS + "alone", 2, "too few cells"),
]  # fmt: skip


@pytest.mark.parametrize(("format_", "text", "line", "reason"), LEAVES_OUT)
def test_what_is_left_out(format_: str, text: str, line: int, reason: str) -> None:
    [(found, why)] = reasons(list(read(text, format_)))
    assert found == line
    assert reason in why


@pytest.mark.parametrize(
    ("format_", "text", "message"),
    [
        ("spintax", "a {b|c", "line 1: a { is never closed"),
        ("spintax", "a\nb}", "line 2: the } at column 2 closes nothing"),
        ("spintax", "{" * 51 + "}" * 51, "nested more than 50 deep"),
        ("pps", "spun,original\na,b", "no column 'Fingerprint - Tortured Phrase' or 'Fingerprint'"),
        ("pps", "", "Problematic Paper Screener's CSV is expected"),
        ("pps", f"{PPS}{'x' * 200_000},y", "no CSV"),
    ],
)
def test_texts_that_cannot_be_read(format_: str, text: str, message: str) -> None:
    with pytest.raises(DictionaryError) as error:
        list(read(text, format_))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("first", ("a pal", "a good friend")),
        ("last", ("a good friend", "a pal")),
        ("shortest", ("a good friend", "a pal")),
    ],
)
def test_the_original_alternative(original: spintax.Original, expected: tuple[str, str]) -> None:
    assert pairs(list(spintax.read("{a good friend|a pal}", original))) == [expected]


def test_a_spintax_bomb_does_not_explode() -> None:
    bomb = "{a|b}"
    for _level in range(8):
        bomb = "{" + bomb + "|" + bomb + bomb + "}"
    items = list(spintax.read(bomb))
    groups = bomb.count("{")
    assert groups > 9_000
    assert 0 < len(pairs(items)) <= groups * spintax.MOST_VARIANTS
    assert all(len(side) <= spintax.MOST_CHARACTERS for pair in pairs(items) for side in pair)


SIGNS = st.text(st.sampled_from('ab {}|~,->\t\r\n#"’é\0\x1c;*()?/'), max_size=80)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))  # no lone surrogates: no decoder gives them


@given(st.sampled_from(FORMATS), SIGNS | ANY_TEXT)
@settings(max_examples=600)
def test_nothing_but_dictionary_errors(format_: str, text: str) -> None:
    """Whatever the text, rows come out that can be written and read again, or a `DictionaryError`."""
    head = PPS if format_ == "pps" else ""
    with suppress(DictionaryError):
        list(read(text, format_))
    with suppress(DictionaryError):
        rows = to_rows(read(head + text, format_), TEMPLATE, VOCABULARY).rows
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "user.phrase.tsv"
            path.write_bytes(open_target(path).canonical(rows).encode("utf-8"))
            assert list(read_file(path).rows) == list(enumerate(rows, 4))


@given(st.binary(max_size=40))
def test_decoding(data: bytes) -> None:
    with suppress(DictionaryError):
        decode(data, "list.tsv")
    with pytest.raises(DictionaryError, match=r"list\.tsv: not utf-8"):
        decode(b"\xff" + b"a" + data, "list.tsv")


def test_spreadsheets_save_utf16() -> None:
    assert decode("commence\tbegin".encode("utf-16"), "list.tsv") == "commence\tbegin"


# spun and original as in a list, the row that comes of it, or the reason why there is none
ROWS = [
    ("commence", "begin", ("commence", "begin")),
    ("don’t   worry.", "no “problem”", ("don't worry", "no “problem")),
    ("Analysis Method", "Test of DNA", ("analysis method", "test of DNA")),
    ("same", "Same", "spun and original are the same"),
    ("the", "a thing", "a bare function word has no condition"),
    ("a/b", "c", "a character of lists and remarks in a phrase"),
    ("", "c", "the spun phrase '' is empty or has stray spaces"),
    ("one two three four five six seven eight nine", "c", "a phrase may have at most 8 words"),
    ("#1", "number one", "a phrase that begins with # would be read as a comment"),
]


@pytest.mark.parametrize(("spun", "original", "expected"), ROWS)
def test_rows(spun: str, original: str, expected: tuple[str, str] | str) -> None:
    result = to_rows([Pair(7, spun, original)], TEMPLATE, VOCABULARY)
    if isinstance(expected, str):
        assert dict(result.skipped) == {expected: [7]}
    elif "“" in expected[1]:
        assert result.rows == []  # a quotation mark inside is a remark, not a phrase
    else:
        assert [(row.spun, row.original) for row in result.rows] == [expected]


def test_what_is_there_already() -> None:
    items = [Pair(1, "a b", "c"), Pair(2, "d", "e"), Pair(3, "d", "e"), Pair(4, "e", "d"), Pair(5, "x", "y", "", 0.7)]
    result = to_rows(items, TEMPLATE, VOCABULARY, [Row("a b", "c")])
    assert [(row.spun, row.weight) for row in result.rows] == [("d", 0.3), ("x", 0.7)]
    assert result.known == 2
    assert dict(result.skipped) == {"the opposite is there already": [4]}
    assert list(result.summary()) == [
        "2 rows imported, 2 known already",
        "skipped 1: the opposite is there already (line 4)",
    ]


SOURCES = {
    "tsv": "commence\tbegin\t0.7\nutilise\tuse\n",
    "codespell": "commense->commence\nutlise->utilise, rare spelling\n",
    "spintax": "We {begin|commence} to {use|utilise} it.",
    "pps": PPS + '"""profound learning""",deep learning,1\n"""bosom peril""",breast cancer,1\n',
}


@pytest.mark.parametrize("format_", FORMATS)
def test_there_and_back(tmp_path: Path, format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    source, first, second = tmp_path / "source", tmp_path / "news.verb.tsv", tmp_path / "second.tsv"
    source.write_text(SOURCES[format_], "utf-8")
    assert main(["lexicon", "import", str(source), "--format", format_, "-o", str(first)]) == 0
    assert "2 rows imported" in capsys.readouterr().err
    rows = list(read_rows(first))
    assert len(rows) == 2
    assert {(row.family, row.pos) for row in rows} == {("news", "verb")}
    assert [c for c in lint([read_file(first)], VOCABULARY) if c.level == "error"] == []
    # a dictionary is itself a list that can be imported
    options = ["--format", "tsv", "--family", "news", "--pos", "verb", "-o", str(second)]
    assert main(["lexicon", "import", str(first), *options]) == 0
    assert list(read_rows(second)) == rows
    # and importing again changes nothing
    before = first.read_bytes()
    assert main(["lexicon", "import", str(source), "--format", format_, "-o", str(first)]) == 0
    assert "0 rows imported, 2 known already" in capsys.readouterr().err
    assert first.read_bytes() == before


def test_importing_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "news.verb.tsv"
    path.write_text(
        "# family: news\n# pos: verb\n# licence: mine\nspun\toriginal\tweight\tcontext\tnote\nstate\tsay\t0.4\n",
        "utf-8",
    )
    source = tmp_path / "list.txt"
    source.write_text("commence\tbegin\nstate\tsay\n", "utf-8")
    assert main(["lexicon", "import", str(source), "--format", "tsv", "-o", str(path)]) == 0
    assert path.read_text("utf-8").splitlines()[2:] == [
        "# licence: mine",
        "spun\toriginal\tweight\tcontext\tnote",
        "commence\tbegin\t0.3",
        "state\tsay\t0.4",
    ]
    with pytest.raises(DictionaryError, match="by its name it holds news verb rows"):
        open_target(path, family="casino")
    path.write_text("spun\toriginal\nsame\tsame\n", "utf-8")
    with pytest.raises(DictionaryError, match=r"news\.verb\.tsv:2"):
        open_target(path)
