"""One repairer, shared: threads, processes, copies, another interpreter."""

from __future__ import annotations

import copy
import multiprocessing
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import despin
from despin import Config, Repairer, Report
from despin.learn.gold import Passage

TOOL = Repairer([[("zorked", "walked")]], Config.of("eager"), ["Kremlin"])
SPUN = "He zorked to meet his Russian equivalent in Moscow, the Kremlin stated."


@pytest.fixture(scope="module")
def texts(passages: list[Passage], seed: str) -> list[str]:
    """Spun and sound ones of all lengths."""
    short = [part for part in seed.split("\n") if part][:10]
    return [SPUN, "", seed, *short, *(p.spun for p in passages[::9]), *(p.original for p in passages[::19])]


def _known_to_be_spun(text: str) -> Report:
    return TOOL.inspect(text, spun=True)


@pytest.mark.parametrize("call", [TOOL.inspect, _known_to_be_spun, TOOL.score], ids=["inspect", "spun", "score"])
def test_sixteen_threads(call: Callable[[str], Report], texts: list[str]) -> None:
    """Each does all texts in an order of its own, all begin at once."""
    expected = [call(text) for text in texts]
    assert any(report.edits for report in expected) or call == TOOL.score
    together = threading.Barrier(16)

    def work(number: int) -> bool:
        order = random.Random(number).sample(range(len(texts)), len(texts))
        together.wait()
        return all(call(texts[at]) == expected[at] for at in order)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(16)))


def test_the_first_use_may_come_from_many_threads(seed: str) -> None:
    """What is prepared when it is first needed (looking for damaged phrases) is prepared soundly."""
    tool = Repairer(config=Config.of("eager"))
    together = threading.Barrier(16)

    def work(_number: int) -> str:
        together.wait()
        return tool.repair(seed, spun=True)

    with ThreadPoolExecutor(16) as pool:
        (repaired,) = set(pool.map(work, range(16)))
    assert repaired == Repairer(config=Config.of("eager")).repair(seed, spun=True) != seed


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_processes(method: str, texts: list[str]) -> None:
    """Forked ones share the mapped model and what was prepared, the others get the repairer pickled."""
    expected = [TOOL.repair(text, spun=True) for text in texts]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(TOOL.repair, texts) == [TOOL.repair(text) for text in texts]
        assert [report.apply() for report in pool.map(_known_to_be_spun, texts)] == expected


def test_copies(seed: str) -> None:
    for other in (copy.copy(TOOL), copy.deepcopy(TOOL)):
        assert other.config == TOOL.config
        assert other.repair(seed) == TOOL.repair(seed)


_ANOTHER = """
import despin
text = despin.repair("He met his Russian equivalent.", spun=True)
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
program = '''
try:
    import despin
except ImportError as error:
    print("refused:", error, flush=True)
else:
    print("imported", flush=True)
'''
other = interpreters.create()
(interpreters.exec if hasattr(interpreters, "exec") else interpreters.run_string)(other, program)
interpreters.destroy(other)
assert despin.repair("He met his Russian equivalent.", spun=True) == text
print(text)
"""


def test_another_interpreter_is_refused_in_words() -> None:
    """The modules say that they are for one interpreter: importing them in another is an ImportError, no crash."""
    done = subprocess.run([sys.executable, "-c", _ANOTHER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, repaired = done.stdout.splitlines()
    assert refused.startswith("refused:")
    assert repaired == despin.repair("He met his Russian equivalent.", spun=True) != "He met his Russian equivalent."
