"""A user's program passes mypy --strict, and wrong uses do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_a_consumer_passes(tmp_path: Path) -> None:
    """From another folder and without the project's settings, as a user has it."""
    program = tmp_path / "consumer.py"
    program.write_bytes((HERE / "consumer.py").read_bytes())
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nstrict = true\nwarn_unused_ignores = true\n", "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(tmp_path), str(program)]
    environment = {**os.environ, "MYPYPATH": str(HERE.parents[1] / "src")}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    ours = [line for line in done.stdout.splitlines() if line.startswith(program.name)]
    assert "1 source file" in done.stdout, done.stdout + done.stderr
    assert not ours, "\n".join(ours)
