"""Each row of table.json: what is fed to which entry point, the exit code or error, and the message.

A row has ``run`` (arguments of the command line, with ``files`` made beforehand) and ``exit``; with ``reject`` the
message is that of the one record set aside. Or it has ``python`` and ``raises``. ``says`` begins the message.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import despin.feeds
import despin.markup
from despin.cli import main
from despin.errors import SlowPatternError

TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "table.json").read_text("utf-8"))
ERRORS = {
    "TypeError": TypeError,
    "ValueError": ValueError,
    "ConfigError": despin.ConfigError,
    "DictionaryError": despin.DictionaryError,
    "ModelError": despin.ModelError,
    "SlowPatternError": SlowPatternError,
}


def _content(written: str | dict[str, str]) -> bytes:
    """Bytes of a file: UTF-8, or ``{"hex": ...}``, or ``{"name of an encoding": text}``."""
    if isinstance(written, str):
        return written.encode()
    ((encoding, text),) = written.items()
    return bytes.fromhex(text) if encoding == "hex" else text.encode(encoding)


def test_there_are_enough() -> None:
    assert len(TABLE) >= 60
    assert len({row["what"] for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", [row for row in TABLE if "run" in row], ids=lambda row: row["what"])
def test_command_line(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, written in row["files"].items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(_content(written))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(row["run"]) == row["exit"]
    seen = capsys.readouterr().err
    assert "Traceback" not in seen
    if row.get("reject"):
        (rejects,) = tmp_path.glob("*.rejects.jsonl")
        (told,) = rejects.read_text("utf-8").splitlines()
        assert json.loads(told)["reason"].startswith(row["says"])
    else:
        assert any(line.startswith(row["says"]) for line in seen.splitlines()), seen
    assert {path: path.read_bytes() for path in before} == before  # no input was touched


@pytest.mark.parametrize("row", [row for row in TABLE if "python" in row], ids=lambda row: row["what"])
def test_python(row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ERRORS[row["raises"]]) as caught:
        eval(row["python"], {"despin": despin})
    assert type(caught.value) is ERRORS[row["raises"]]
    assert str(caught.value).startswith(row["says"])
