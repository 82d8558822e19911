"""Runs that are killed or stopped go on, and end with the bytes of an undisturbed run."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.clean.conftest import Clean, command, outside, write_jsonl

Records = list[dict[str, Any]]
OPTIONS = ("--workers", "2", "--block-size", "2k", "--checkpoint", "0", "--json")


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(state: Path, process: subprocess.Popen[str], before: str = "") -> None:
    """Until a new checkpoint tells of a block that is done, or the process has ended."""
    while process.poll() is None:
        now = checkpoint(state)
        if now not in ("", before) and json.loads(now)["state"]["blocks"]:
            return
        time.sleep(0.005)


def checkpoint(state: Path) -> str:
    """What the last checkpoint says, if there is one."""
    try:
        return (state / "state.json").read_text("utf-8")
    except FileNotFoundError:
        return ""


def made(folder: Path) -> dict[str, bytes]:
    """Names and bytes of all files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, records: Records) -> Path:
    """Files of every kind that is written in pieces, with some bad lines."""
    folder = tmp_path_factory.mktemp("sources")
    write_jsonl(folder / "a.jsonl", records)
    with (folder / "a.jsonl").open("ab") as out:
        out.write(b'{"text": \n[1]\n{"text": 5}\n')
    table = pa.table({name: [record[name] for record in records] for name in ("id", "url", "text")})
    pq.write_table(table, folder / "a.parquet", row_group_size=25)
    texts = folder / "texts"
    texts.mkdir()
    for record in records[:20]:
        (texts / f"{record['id']:03}.txt").write_text(record["text"], "utf-8")
    write_jsonl(texts / "long.jsonl", records[:40])
    return folder


CASES = {
    "jsonl": ("a.jsonl", "b.jsonl"),
    "gzip": ("a.jsonl", "b.jsonl.gz", "--annotate"),
    "zstd and report": ("a.jsonl", "b.jsonl.zst", "--report", "{out}/r.jsonl"),
    "groups": ("a.jsonl", "b.jsonl", "--group-by", "domain"),
    "parquet": ("a.parquet", "b.parquet"),
    "folder": ("texts", "b/"),
}


def arguments_of(case: str, sources: Path, out: Path) -> list[str]:
    source, target, *options = CASES[case]
    return [str(sources / source), "-o", f"{out}/{target}", *(o.format(out=out) for o in options), *OPTIONS]


@pytest.mark.parametrize("case", CASES)
def test_killed_ten_times(case: str, sources: Path, tmp_path: Path) -> None:
    """A kill -9 at random moments, up to ten times in one run, each after at least one more checkpoint."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    began = time.monotonic()
    undisturbed = outside(*arguments_of(case, sources, whole))
    assert undisturbed.returncode == 0, undisturbed.stderr
    spent = time.monotonic() - began
    chance = random.Random(case)
    arguments = [*arguments_of(case, sources, broken), "--resume"]
    kills = 0
    state = broken / f"{CASES[case][1].rstrip('/')}.despin-state"
    for _ in range(10):
        before = checkpoint(state)
        process = start(*arguments)
        wait_for(state, process, before)
        time.sleep(chance.uniform(0, spent / 20))
        kills += process.poll() is None
        process.kill()
        process.wait()
        process.communicate()
        if process.returncode == 0:
            break
    assert kills >= 2, "the run ended before it was killed twice"
    if process.returncode != 0:
        done = outside(*arguments)
        assert done.returncode == 0, done.stderr
    assert made(broken) == made(whole)


def test_killed_at_ten_random_moments(sources: Path, tmp_path: Path) -> None:
    """Ten runs, each killed once anywhere between its beginning and its end, start-up included."""
    whole = tmp_path / "whole"
    whole.mkdir()
    began = time.monotonic()
    assert outside(*arguments_of("zstd and report", sources, whole)).returncode == 0
    spent = time.monotonic() - began
    chance = random.Random(1)
    for number in range(10):
        broken = tmp_path / f"broken{number}"
        broken.mkdir()
        arguments = arguments_of("zstd and report", sources, broken)
        process = start(*arguments)
        time.sleep(chance.uniform(0, spent))
        process.kill()
        process.communicate()
        done = outside(*arguments, "--resume")
        assert done.returncode == 0, done.stderr
        assert made(broken) == made(whole)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_in_good_order(number: signal.Signals, code: int, sources: Path, tmp_path: Path, clean: Clean) -> None:
    clean(sources / "a.jsonl", "-o", tmp_path / "whole.jsonl")
    was = (sources / "a.jsonl").stat()
    target = tmp_path / "b.jsonl"
    arguments = [sources / "a.jsonl", "-o", target, *OPTIONS]
    process = start(*arguments)
    wait_for(tmp_path / "b.jsonl.despin-state", process)
    process.send_signal(number)
    _out, messages = process.communicate()
    assert process.returncode == code, messages
    assert f"stopped by {number.name}" in messages
    assert f"despin clean {sources}/a.jsonl -o {target}" in messages
    assert messages.rstrip().endswith("--resume")
    assert not target.exists()
    again = outside(*arguments)
    assert again.returncode == 2
    assert "--resume goes on with it, --restart begins again" in again.stderr
    other = outside(*arguments, "--resume", "--min-spin", "0.5")
    assert other.returncode == 2
    assert "repairer: " in other.stderr
    assert "belongs to another run" in other.stderr
    os.utime(sources / "a.jsonl", (1, number))  # as if it had been fetched again
    other = outside(*arguments, "--resume")
    assert "another run (sources: " in other.stderr
    os.utime(sources / "a.jsonl", ns=(was.st_atime_ns, was.st_mtime_ns))
    done = outside(*arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not (tmp_path / "b.jsonl.despin-state").exists()
    again = outside(*arguments, "--resume")
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to do" in again.stderr


def test_no_worker_outlives_a_killed_run(sources: Path, tmp_path: Path) -> None:
    process = start(sources / "a.jsonl", "-o", tmp_path / "b.jsonl", *OPTIONS)
    wait_for(tmp_path / "b.jsonl.despin-state", process)
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    assert len(children) == 2
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 30
    while any(_alive(pid) for pid in children):
        assert time.monotonic() < deadline, "a worker is still there"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_that_dies_is_told_and_the_run_goes_on(sources: Path, tmp_path: Path, clean: Clean) -> None:
    clean(sources / "a.jsonl", "-o", tmp_path / "whole.jsonl")
    arguments = [sources / "a.jsonl", "-o", tmp_path / "b.jsonl", *OPTIONS]
    process = start(*arguments)
    wait_for(tmp_path / "b.jsonl.despin-state", process)
    child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
    subprocess.run(["kill", "-9", child], check=True)
    _out, messages = process.communicate()
    assert process.returncode == 2
    assert "a worker process was killed by SIGKILL (out of memory?) in" in messages
    assert "what was done so far is kept; --resume goes on with it" in messages
    done = outside(*arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_two_runs_cannot_make_the_same_target(sources: Path, tmp_path: Path) -> None:
    arguments = [sources / "a.jsonl", "-o", tmp_path / "b.jsonl", *OPTIONS]
    process = start(*arguments)
    wait_for(tmp_path / "b.jsonl.despin-state", process)
    second = outside(*arguments, "--resume")
    assert second.returncode == 2
    assert "another despin is at work" in second.stderr
    process.communicate()
    assert process.returncode == 0


class _DiedError(BaseException):
    """Ends a run as if the process were gone."""


@pytest.mark.parametrize("case", ["zstd and report", "groups", "parquet", "folder"])
def test_ended_before_each_step_on_disk(
    case: str, sources: Path, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every rename and every flush to disk in turn is the last thing that does not happen any more."""
    small = tmp_path / "small"
    small.mkdir()
    lines = (sources / "a.jsonl").read_bytes().splitlines(keepends=True)
    (small / "a.jsonl").write_bytes(b"".join(lines[:6] + lines[-3:]))
    pq.write_table(pq.read_table(sources / "a.parquet").slice(0, 6), small / "a.parquet", row_group_size=4)
    (small / "texts").mkdir()
    for name in ("000.txt", "001.txt"):
        (small / "texts" / name).write_bytes((sources / "texts" / name).read_bytes())
    (small / "texts" / "lines.jsonl").write_bytes(b"".join(lines[:4]))
    whole = tmp_path / "whole"
    whole.mkdir()
    options = [option for option in OPTIONS if option not in ("--workers", "2", "--json")]

    def arguments(out: Path) -> list[str]:
        return [word for word in arguments_of(case, small, out) if word not in OPTIONS] + options

    clean(*arguments(whole))
    expected = made(whole)
    steps = 0
    while True:
        out = tmp_path / f"step{steps}"
        out.mkdir()
        with monkeypatch.context() as patch:
            left = [steps]
            for name in ("replace", "fsync", "unlink"):
                patch.setattr("os." + name, _dying(getattr(os, name), left))
            try:
                clean(*arguments(out))
            except _DiedError:
                pass
            else:
                break
        clean(*arguments(out), "--resume")
        assert made(out) == expected, f"step {steps}"
        steps += 1
    assert steps > 20


def _dying(step: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        if left[0] == 0:
            raise _DiedError
        left[0] -= 1
        return step(*arguments, **options)

    return wrapped
