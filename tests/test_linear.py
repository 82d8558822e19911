"""No quadratic corner: work is counted in instructions (callgrind repeats exactly), never timed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
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
LENGTH = 20_000  # characters of the shorter text
_PROGRAM = """
import sys
import despin
text = {unit!r} * (int(sys.argv[1]) // max(1, len({unit!r})))
tool = despin.Repairer()
tool.repair("He stated it. " * 4, spun=True)
tool.repair(text, spun=True)
"""


def _instructions(unit: str, length: int) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c"]
    program = _PROGRAM.format(unit=unit)
    done = subprocess.run(
        [*command, program, str(length)], capture_output=True, text=True, env={"PYTHONHASHSEED": "0"}, check=True
    )
    found = re.search(r"refs:\s*([\d,]+)", done.stderr)
    assert found, done.stderr
    return int(found[1].replace(",", ""))


@cache
def _instructions_of_nothing() -> int:
    return _instructions("", 0)


@pytest.mark.work
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts the instructions and is not installed")
@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_twice_the_text_is_twice_the_work(unit: str) -> None:
    none, once, twice = _instructions_of_nothing(), _instructions(unit, LENGTH), _instructions(unit, 2 * LENGTH)
    # 4 if it were quadratic; more than 2 where a run of candidates grows up to the length at which it is cut
    assert twice - none <= 3.2 * (once - none)


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
