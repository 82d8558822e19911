"""No quadratic corner: work is counted in instructions (callgrind repeats exactly), never timed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = {
    "one giant token": "abcdefgh",
    "phrases without a space": "statedstated",
    "Chinese without a space": "中文字",
    "candidates in a row": "stated ",
    "deletions in a row": "actually ",
    "phrases with a word slipped in": "take a long trip to ",
    "unknown words": "zxqv ",
    "unknown names": "Xqzt ",
    "hyphens": "a-b-",
    "numbers": "2 ",
    "quotation marks": '" ',
    "full stops": ". ",
    "empty lines": "\n\n",
    "broken compounds": "12- point ",
    "tags that never end": "<a ",
    "ticks": "`a ",
    "addresses": "@a",
}
SEED = Path(__file__).resolve().parents[1] / "seeds/xi-visits-russia.txt"
LENGTH = 10_000  # characters of the shorter text
MARK = "*word_hash*"  # a compiled function that repairing never calls: counts are written where it is entered
_PROGRAM = """
import sys
import despin
from despin.decode._scan import word_hash
tool = despin.Repairer()
for unit in ["He stated zxqv. ", *{units!r}]:  # what the first one costs once is no part of its length
    for length in ({length}, 2 * {length}):
        text = unit * (length // len(unit))
        word_hash("before")
        tool.repair(text, spun=True)
        word_hash("after")
"""


@pytest.fixture(scope="module")
def instructions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """Name of a unit: instructions for a text of it, and for one twice as long; all in one process."""
    folder = tmp_path_factory.mktemp("callgrind")
    program = _PROGRAM.format(units=list(UNITS.values()), length=LENGTH)
    command = ["valgrind", "--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={folder}/out"]
    subprocess.run([*command, sys.executable, "-c", program], capture_output=True, check=True)
    counts = [
        int(re.findall(r"^(?:summary|totals): (\d+)", (folder / f"out.{number}").read_text("utf-8"), re.M)[-1])
        for number in range(5, 4 * len(UNITS) + 5)
    ]
    # start-up and the first unit left out: nothing between two marks and a repair, in turn
    return dict(zip(UNITS, zip(counts[1::4], counts[3::4], strict=True), strict=True))


@pytest.mark.work
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts the instructions and is not installed")
@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_text_is_twice_the_work(unit: str, instructions: dict[str, tuple[int, int]]) -> None:
    once, twice = instructions[unit]
    # 4 if it were quadratic; more than 2 where a run of candidates grows up to the length at which it is cut
    assert once < twice <= 3.2 * once


_STREAM = """
import resource
import despin
tool = despin.Repairer()
sound = "The minister said on Monday that the talks would go on. " * 70
spun = open({seed!r}, encoding="utf-8").read()

def peak(articles):
    flow = (spun if number % 50 == 0 else sound + str(number) for number in range(articles))
    for _ in tool.repair_many(flow, threads=2):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

peak(200)
print(peak(200), peak(4000))
"""


@pytest.mark.work
def test_a_stream_takes_constant_memory() -> None:
    program = _STREAM.format(seed=str(SEED))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    short, long = map(int, done.stdout.split())
    assert long <= 1.05 * short
