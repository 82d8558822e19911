"""``python -m tests.fuzz.run --seconds N [TARGET...]``: fuzz each target for a while, or replay what was found before.

With atheris installed each target runs in a process of its own, guided by the branches of despin's Python code; the
compiled core is reached through it, and the scanner is compared with the one in plain Python. A finding is an input
file in ``tests/fuzz/findings/TARGET``; once it is fixed it belongs into ``tests/fuzz/corpus/TARGET``, which the tests
replay. Without atheris only that is done. Targets that write files run ten times as fast where TMPDIR is in memory.

Exit codes: 0 nothing found, 1 a finding, 2 usage.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["main", "replay"]

HERE = Path(__file__).parent
_STATS = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
_DONE = re.compile(r"^#(\d+)\s+DONE|stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_NOISE = re.compile(r"INFO|WARNING|#\d+|stat::|Dictionary|0x")
_TAIL = 3000


def replay(target: str) -> int:
    """Run the inputs that are kept for a target, and its seeds; gives their number.

    Raises:
        Exception: Whatever the target raises: a finding.
    """
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import TARGETS

    kept = [path.read_bytes() for path in sorted((HERE / "corpus" / target).glob("*"))]
    inputs = [b"", *seeds(target), *kept]
    for data in inputs:
        TARGETS[target](data)
    return len(inputs)


def _fuzz_here(target: str, folder: Path, seconds: int, seed: int) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["despin", "tests.reference"]):
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.seeds import seeds, words

    corpus = folder / "corpus"
    corpus.mkdir()
    kept = [path.read_bytes() for path in sorted((HERE / "corpus" / target).glob("*"))]
    for number, data in enumerate([*seeds(target), *kept]):
        (corpus / f"seed-{number}").write_bytes(data)
    dictionary = folder / "words"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in words(target)), "ascii")
    findings = HERE / "findings" / target
    findings.mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": seconds,
        "seed": seed,
        "dict": dictionary,
        "max_len": 3072,
        "timeout": 20,
        "rss_limit_mb": 4096,
        "artifact_prefix": f"{findings}/",
        "print_final_stats": 1,
    }
    atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in options.items()), str(corpus)], TARGETS[target])
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word)


def _fuzz(target: str, seconds: int, seed: int) -> bool:
    """Fuzz a target in another process; says how far it came, and whether nothing was found."""
    with tempfile.TemporaryDirectory(prefix="despin-fuzz-") as folder:
        options = ["--seconds", str(seconds), "--seed", str(seed), "--inside", folder]
        command = [sys.executable, "-m", "tests.fuzz.run", *options, target]
        root = HERE.parents[1]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, errors="replace", check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    stats = _STATS.findall(done.stderr)
    executions = [first or second for first, second in _DONE.findall(done.stderr)]
    coverage = f"coverage {stats[-1][1]}, features {stats[-1][2]}, corpus {stats[-1][3]}" if stats else "no coverage"
    ran = f"{executions[-1] if executions else '?'} executions in {worked:.0f} processor seconds"
    print(f"{target:>12}: {ran}, {coverage}", flush=True)
    if done.returncode or not executions:
        told = [line for line in done.stderr.splitlines() if not _NOISE.match(line)]
        print(done.stdout[-_TAIL:], "\n".join(told)[-_TAIL:], sep="\n", flush=True)
    return done.returncode == 0 and bool(executions)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description="Fuzz the parsers and the core.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: all")
    parser.add_argument("--seconds", type=int, default=20, metavar="N", help="for each target (default: 20)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the random choices (default: another each)"
    )
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        _fuzz_here(arguments.targets[0], arguments.inside, arguments.seconds, arguments.seed)
    from tests.fuzz.targets import TARGETS

    targets = arguments.targets or list(TARGETS)
    unknown = sorted(set(targets) - set(TARGETS))
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: what was found before is replayed, nothing new is looked for")
        for target in targets:
            print(f"{target:>12}: {replay(target)} inputs")
        return 0
    sound = [_fuzz(target, arguments.seconds, arguments.seed) for target in targets]
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main())
