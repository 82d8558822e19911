"""Wrong dictionaries, settings and model files: one clear error each."""

from __future__ import annotations

from pathlib import Path

import pytest

import despin
from despin import Config, ConfigError, DictionaryError, ModelError, Repairer
from despin.model.container import Container

MODEL = Path(despin.__file__).parent / "data" / "en.despin"
GOOD = "spun\toriginal\tpos\tweight\tcontext\n"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("spun\n", 1, "must name the columns"),
        ("spun\toriginal\tcolour\n", 1, "'colour'"),
        (GOOD + "\tsaid\n", 2, "spun phrase is missing"),
        (GOOD + "stated\tstated\n", 2, "the same"),
        (GOOD + "stated\tsaid\tverb\tmuch\n", 2, "'much' is not a number"),
        (GOOD + "stated\tsaid\tverb\t1.5\n", 2, "above 0 and at most 1"),
        (GOOD + "stated\tsaid\tverb\t0\n", 2, "above 0 and at most 1"),
        (GOOD + "stated\tsaid\tparticle\t0.5\n", 2, "part of speech 'particle'"),
        (GOOD + "stated\tsaid\tverb\t0.5\tbefore=x\n", 2, "cannot be read"),
        (GOOD + "stated\tsaid\tverb\t0.5\tnext=NOUN\n", 2, "unknown class NOUN"),
        (GOOD + "stated\tsaid\tverb\t0.5\t\t\t\n", 2, "cells"),
        (GOOD + "a  b\tc\n", 2, "stray spaces"),
        (GOOD + "a b c d e f g h i\tc\n", 2, "at most 8 words"),
        ("# family: tabloid\n" + GOOD + "stated\tsaid\n", 3, "family 'tabloid'"),
        (GOOD + "\n\nstated\tsaid\nstated\tsaid\tverb\t-1\n", 5, "weight is -1"),
    ],
)
def test_wrong_row_in_a_file(tmp_path: Path, content: str, line: int, reason: str) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(DictionaryError) as caught:
        Repairer(dictionaries=[path])
    assert caught.value.where == f"mine.tsv:{line}"
    assert reason in str(caught.value)


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_bytes(GOOD.encode() + b"caf\xe9\tsaid\n")
    with pytest.raises(DictionaryError, match=r"mine\.tsv: not UTF-8 at byte \d+"):
        Repairer(dictionaries=[path])


@pytest.mark.parametrize("row", [("a",), "ab", 3, ("a", 3), {"original": "x"}])
def test_wrong_row_in_code(row: object) -> None:
    with pytest.raises(DictionaryError, match="row 2"):
        Repairer(dictionaries=[[("zorked", "walked"), row]])  # type: ignore[list-item]


@pytest.mark.parametrize("rule", [3, (5, 2), (-1, 4), None, b"x"])
def test_wrong_protection(rule: object) -> None:
    with pytest.raises(ConfigError):
        Repairer(protect=[rule]).repair("some text")  # type: ignore[list-item]


def test_wrong_settings() -> None:
    with pytest.raises(ConfigError, match="profile"):
        Config.of("reckless")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="unknown setting"):
        Config.of("safe", confidence=0.5)
    with pytest.raises(ConfigError, match="min_spin"):
        Config(min_spin=-0.1)
    with pytest.raises(ConfigError, match="config"):
        Repairer(config="safe")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="threads"):
        despin.repair_many(["x"], threads=0)


def _damaged(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "broken.despin"
    path.write_bytes(data)
    return path


def test_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.despin"):
        Repairer(model=tmp_path / "nowhere.despin")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: b"", "cannot read"),
        (lambda data: data[:10], "too short"),
        (lambda data: data[: len(data) // 2], "cut off"),
        (lambda data: data[:-64], "cut off"),
        (lambda data: b"PK\x03\x04" + data[4:], "not a despin model"),
        (lambda data: data[:6] + b"\x63\x00" + data[8:], "model format 99"),
        (lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:], "header"),
    ],
)
def test_wrong_model(tmp_path: Path, change: object, reason: str) -> None:
    path = _damaged(tmp_path, change(MODEL.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=reason) as caught:
        Repairer(model=path)
    assert "broken.despin" in str(caught.value)


@pytest.mark.parametrize("section", Container(MODEL).names())
def test_flipped_bit_in_a_section(tmp_path: Path, section: str) -> None:
    container = Container(MODEL)
    start, length = container._sections[section]
    data = bytearray(MODEL.read_bytes())
    data[start + length // 2] ^= 4
    with pytest.raises(ModelError, match=section):
        Container(_damaged(tmp_path, bytes(data)))
