"""Signals in the middle of a long call, which the core spends without Python: no clock is read."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import pytest

import despin
from benchmarks.endurance import resident
from despin import Repairer

TOOL = Repairer()
LONG = 60  # copies of the article: long enough for several looks
LONGER = 600
CALLS: dict[str, Callable[[str], object]] = {
    "decoding": lambda text: TOOL._decoder(text, (), 1.0, 0.5),
    "the first look": lambda text: TOOL._decoder.glance(text * 200, 0.97),
    "words": lambda text: TOOL._decoder.words(text * 40),
    "encoding": lambda text: TOOL._models[0].encode(text * 40),
}


@contextmanager
def _ticking(answer: Callable[[int, FrameType | None], None], *, again: bool = True) -> Iterator[None]:
    """A signal after five milliseconds of this process's work, and after each five more."""
    before = signal.signal(signal.SIGVTALRM, answer)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.005, 0.005 * again)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("call", CALLS)
def test_signals_are_answered_within_a_call(call: str, seed: str) -> None:
    """A call into the core that looks for none would answer one, at its end."""
    answered = []
    text = seed * LONG
    with _ticking(lambda *_: answered.append(1)):
        CALLS[call](text)
        during = len(answered)
    assert during >= 3


class _StopError(Exception):
    pass


def _stop(*_: object) -> None:
    raise _StopError


def test_what_was_interrupted_leaves_nothing(seed: str) -> None:
    text = seed * LONG
    expected = TOOL.inspect(seed, spun=True)

    def interrupt(times: int) -> None:
        for number in range(times):
            with suppress(_StopError), _ticking(_stop, again=False):
                [*CALLS.values()][number % len(CALLS)](text)
                pytest.fail("it came to its end")

    interrupt(20)
    before = resident()
    interrupt(60)
    # one call holds 20 MB or more, so sixty a gigabyte; how far a call gets before it is stopped differs
    assert resident() - before < 100e6
    assert TOOL.inspect(seed, spun=True) == expected


def test_ctrl_c(tmp_path: Path, seed: str) -> None:
    """The command ends with its own exit code and without a word, long before it could be done."""
    path = tmp_path / "long.txt"
    path.write_text(seed * LONGER, "utf-8")
    command = [sys.executable, "-m", "despin", "repair", "--spun", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):  # until it is at work
            process.wait(3)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, b"", b"")
    assert despin.repair(seed) != seed
