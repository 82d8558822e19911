"""An engine that is not installed: one line with the command that installs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

CASES = [
    ("despin.arrow", "pyarrow", "arrow"),
    ("despin.engines.spark", "pyspark", "spark"),
    ("despin.engines.spark", "pyarrow", "spark"),
    ("despin.engines.ray", "ray", "ray"),
    ("despin.engines.datatrove", "datatrove", "datatrove"),
    ("despin.engines.duckdb", "duckdb", "duckdb"),
    ("despin.engines.polars", "polars", "polars"),
]


@pytest.mark.parametrize(("module", "package", "extra"), CASES)
def test_the_command_is_said(module: str, package: str, extra: str) -> None:
    script = f"""
import sys
sys.modules[{package!r}] = None  # as if it were not installed
from despin.errors import MissingExtraError
try:
    import {module}
except MissingExtraError as error:
    assert error.__suppress_context__
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{module} needs {package}: pip install 'despin[{extra}]'\n", "")
