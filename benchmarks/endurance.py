"""How despin behaves in the long run: ``python benchmarks/endurance.py calls`` and ``... signals``.

``calls``: a million calls on sound and spun texts, some of them refused; resident memory before and after. Exit code 1
says that it grew by more than 2 MB.
``signals``: processes that repair a text of 100 MB get a SIGINT at several moments; how long they go on.

One line of JSON each.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import despin
from despin import Config, Repairer

ROOT = Path(__file__).parents[1]
_WARM = 2000  # calls until caches are full and the allocator has what it needs
_GROWTH = 2.0  # MB
_REPAIR = "import sys, despin; text = open(sys.argv[1], encoding='utf-8').read(); print('go', flush=True); {call}"
_CALLS = {
    "known to be spun": "despin.inspect(text, spun=True)",
    "to be found out": "despin.inspect(text)",
}


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def texts() -> tuple[list[str], list[str]]:
    """Short sound texts, and spun ones."""
    article = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
    spun = [part for part in article.split("\n") if len(part) > 100]
    return [despin.repair(part, spun=True) for part in spun], spun


def calls(number: int) -> dict[str, float]:
    """Memory before and after some calls of every kind."""
    tool = Repairer([[("zorked", "walked")]], Config.of("eager"), ["Kremlin"])
    sound, spun = texts()

    def some(count: int) -> None:
        for call in range(count):
            if call % 4 < 3:
                tool.repair(sound[call % len(sound)])
            elif call % 100 == 3:
                with suppress(TypeError):
                    tool.repair(None)  # type: ignore[arg-type]
            else:
                report = tool.inspect(spun[call % len(spun)], spun=True)
                report.revert(report.apply())

    some(_WARM)
    before = resident()
    some(number)
    return {"calls": number, "MB before": before / 1e6, "MB after": resident() / 1e6}


def signals(megabytes: float, moments: int) -> list[dict[str, object]]:
    """Seconds from SIGINT to the end of a process that repairs a long text, at several moments of its work."""
    article = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
    path = Path(f"/tmp/despin-endurance-{os.getpid()}.txt")
    path.write_text(article * int(megabytes * 1e6 / len(article)), "utf-8")
    try:
        return [
            {"what": what, "MB": megabytes, "after s": 2.0**moment, "answered in s": _answer(path, call, 2.0**moment)}
            for what, call in _CALLS.items()
            for moment in range(-1, moments - 1)
        ]
    finally:
        path.unlink()


def _answer(path: Path, call: str, moment: float) -> float:
    command = [sys.executable, "-c", _REPAIR.format(call=call), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moment)
        assert process.poll() is None, "it was done before the signal came; take a longer text"
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait()
        return round(time.monotonic() - begun, 2)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Memory over many calls, and answers to signals.")
    parser.add_argument("what", choices=("calls", "signals"))
    parser.add_argument("--calls", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--megabytes", type=float, default=100.0, metavar="N")
    parser.add_argument("--moments", type=int, default=7, metavar="N")
    arguments = parser.parse_args()
    if arguments.what == "calls":
        found = calls(arguments.calls)
        print(json.dumps(found))
        return int(found["MB after"] - found["MB before"] > _GROWTH)
    for line in signals(arguments.megabytes, arguments.moments):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
