"""The pre-commit hooks, as pre-commit runs them: the entry with file names behind it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOOKS = dict(
    re.findall(
        r"^- id: (\S+)$.*?^  entry: (.+?)$", (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"), re.DOTALL | re.M
    )
)
SOUND = "The council met on Tuesday. Nobody was hurt.\n"


@pytest.fixture
def files(tmp_path: Path, seed: str) -> list[Path]:
    spun, sound = tmp_path / "spun.txt", tmp_path / "sound.txt"
    spun.write_text(seed, "utf-8")
    sound.write_text(SOUND, "utf-8")
    return [spun, sound]


def _run(hook: str, *files: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(HOOKS[hook])
    assert program == "despin"
    command = [sys.executable, "-m", "despin", *arguments, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_the_hooks() -> None:
    assert set(HOOKS) == {"despin", "despin-fix"}


def test_checking(files: list[Path], seed: str) -> None:
    done = _run("despin", *files)
    assert done.returncode == 1
    assert str(files[0]) in done.stdout
    assert str(files[1]) not in done.stdout
    assert files[0].read_text("utf-8") == seed
    assert _run("despin", files[1]).returncode == 0


def test_fixing(files: list[Path], seed: str) -> None:
    assert _run("despin-fix", *files).returncode == 0
    assert files[0].read_text("utf-8") != seed
    assert files[1].read_text("utf-8") == SOUND
    assert _run("despin", *files).returncode == 0


@pytest.mark.parametrize("hook", HOOKS)
def test_an_empty_file_is_fine(hook: str, files: list[Path], tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    done = _run(hook, empty, files[1])
    assert (done.returncode, done.stdout) == (0, "")
    assert empty.read_bytes() == b""
    assert _run(hook, empty, files[0]).returncode == (hook == "despin")
