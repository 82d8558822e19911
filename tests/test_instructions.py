"""The core's cost in instructions, counted by callgrind, stays below a stored ceiling. No clock is read."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ALLOWED = 1.3  # other compilers and Python versions count a little differently
STORED = json.loads((BENCHMARKS / "results/profile.json").read_text("utf-8"))


@pytest.mark.work
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts the instructions and is not installed")
@pytest.mark.parametrize("stage", ["first look, sound text", "tokens, candidates, rate", "tokens to edits, spun text"])
def test_instructions_a_character(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    sys.modules.pop("profile", None)  # the standard library has a module of that name
    from profile import count

    try:
        assert count(stage) <= ALLOWED * STORED[stage]
    finally:
        sys.modules.pop("profile", None)
