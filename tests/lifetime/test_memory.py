"""Thousands of calls take no memory that one does not; ``.ci/run`` makes more of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ENDURANCE = Path(__file__).parents[2] / "benchmarks/endurance.py"


def test_calls_leave_nothing() -> None:
    """In a process of its own, so that no other test's memory is counted."""
    command = [sys.executable, str(ENDURANCE), "calls", "--calls", "6000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 0, found  # 330 bytes a call would be too much
    assert found["calls"] == 6000
