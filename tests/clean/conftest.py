"""Records of annotated passages, and the command line in this process and in another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from despin.cli import main
from despin.learn.gold import Passage

Clean = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def spun_texts(passages: list[Passage], seed: str) -> list[str]:
    """Texts that despin repairs by themselves."""
    import despin

    return [seed, *(p.spun for p in passages if p.meta.get("spin") == "heavy" and despin.repair(p.spun) is not p.spun)]


@pytest.fixture(scope="session")
def sound_texts(passages: list[Passage]) -> list[str]:
    """Texts that despin leaves alone."""
    import despin

    return [p.original for p in passages if despin.repair(p.original) is p.original][:40]


@pytest.fixture(scope="session")
def records(spun_texts: list[str], sound_texts: list[str]) -> list[dict[str, Any]]:
    """Mixed records, every third of them spun."""
    mixed = []
    for number in range(60):
        texts = spun_texts if number % 3 == 0 else sound_texts
        text = texts[number // 3 % len(texts)]
        mixed.append({"id": number, "url": f"https://www.site{number % 4}.example/{number}", "text": text})
    return mixed


@pytest.fixture
def clean(capsys: pytest.CaptureFixture[str]) -> Clean:
    """``despin clean`` in this process; gives the summary, and the messages as ``summary["stderr"]``."""

    def run(*arguments: object, code: int = 0, workers: int = 1) -> dict[str, Any]:
        found = main(["clean", *map(str, arguments), "--json", "--workers", str(workers)])
        captured = capsys.readouterr()
        assert found == code, captured.err
        summary: dict[str, Any] = json.loads(captured.out) if captured.out else {}
        return {**summary, "stderr": captured.err}

    return run


def command(*arguments: object) -> list[str]:
    """``despin clean`` as another process."""
    return [sys.executable, "-m", "despin", "clean", *map(str, arguments)]


def outside(*arguments: object) -> subprocess.CompletedProcess[str]:
    """``despin clean`` in another process, run to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def write_jsonl(path: Path, records: list[dict[str, Any]], ensure_ascii: bool = False) -> Path:
    """Records as JSON Lines."""
    lines = [json.dumps(record, ensure_ascii=ensure_ascii) + "\n" for record in records]
    path.write_text("".join(lines), "utf-8")
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """JSON Lines as records."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
