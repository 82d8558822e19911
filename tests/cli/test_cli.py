"""The command line, from outside."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import despin
from despin.cli import main

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seeds" / "xi-visits-russia.txt"
SOUND = "The council met on Tuesday. Nobody was hurt.\n"


def run(*arguments: object, text: bytes | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "despin", *map(str, arguments)]
    stdin = {"input": text} if text is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ, **env}, **stdin)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def spun(tmp_path: Path) -> Path:
    path = tmp_path / "spun.txt"
    path.write_bytes(SEED.read_bytes())
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.txt"
    path.write_text(SOUND, "utf-8")
    return path


def test_result_on_standard_output(spun: Path, sound: Path) -> None:
    done = run("repair", spun, sound)
    assert done.returncode == 0
    assert done.stdout.decode() == despin.repair(spun.read_text("utf-8")) + SOUND
    assert done.stderr == b""


def test_standard_input(spun: Path) -> None:
    expected = despin.repair(spun.read_text("utf-8")).encode()
    assert run("repair", text=spun.read_bytes()).stdout == expected
    assert run("repair", "-", text=spun.read_bytes()).stdout == expected


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "dos.txt"
    path.write_bytes(b"\xef\xbb\xbf" + SEED.read_bytes().replace(b"\n", b"\r\n"))
    done = run("repair", path)
    assert done.stdout.startswith(b"\xef\xbb\xbf")
    assert done.stdout.count(b"\r\n") == path.read_bytes().count(b"\r\n")
    assert "Xi’s visit".encode() in done.stdout


def test_write(spun: Path, sound: Path, tmp_path: Path) -> None:
    spun.chmod(0o640)
    os.utime(sound, (1, 1))
    link = tmp_path / "link.txt"
    link.symlink_to(spun)
    done = run("repair", "--write", link, sound)
    assert done.returncode == 0
    assert done.stdout == b""
    assert "Xi’s visit" in spun.read_text("utf-8")
    assert spun.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sound.stat().st_mtime == 1
    assert b"0 edits" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "sound.txt", "spun.txt"]


def test_a_write_that_fails_leaves_the_file(
    spun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = spun.read_bytes()
    monkeypatch.setattr(os, "replace", refuse)
    assert main(["repair", "--write", str(spun)]) == 2
    assert spun.read_bytes() == before
    assert [path.name for path in spun.parent.iterdir()] == ["spun.txt"]
    assert "No space left" in capsys.readouterr().err


def test_diff(spun: Path, sound: Path) -> None:
    done = run("repair", "--diff", spun, sound).stdout.decode()
    assert "-China’s Xi to satisfy Putin" in done
    assert "+China’s Xi to meet Putin" in done
    assert "sound.txt" not in done
    assert "\x1b" not in done
    assert "\x1b[32m+China" in run("repair", "--diff", "--color", "always", spun).stdout.decode()


def test_check(spun: Path, sound: Path) -> None:
    done = run("repair", "--check", sound, spun)
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"{spun}: spun (probability ")
    assert run("repair", "--check", sound).returncode == 0
    assert run("repair", "--check", spun, "nowhere.txt").returncode == 2


def test_json(spun: Path, sound: Path) -> None:
    first, second = map(json.loads, run("repair", "--json", spun, sound).stdout.splitlines())
    text = spun.read_text("utf-8")
    assert first["file"] == str(spun)
    assert first["version"] == despin.__version__
    assert first["spin"] > 0.9
    for edit in first["edits"]:
        assert text[edit["start"] : edit["end"]] == edit["before"]
    assert second["edits"] == []


def test_score(spun: Path, sound: Path) -> None:
    lines = [line.split("\t") for line in run("score", spun, sound).stdout.decode().splitlines()]
    assert [(float(spin) > 0.9, name) for spin, _rate, name in lines] == [(True, str(spun)), (False, str(sound))]
    assert run("score", "--min", "0.9", spun, sound).stdout.decode().count("\n") == 1
    assert json.loads(run("score", "--json", spun).stdout)["spin"] > 0.9


def test_explain(spun: Path, sound: Path) -> None:
    done = run("explain", spun, sound).stdout.decode()
    assert f"{spun}: spin probability 0.99" in done
    assert "1:15: satisfy -> meet" in done
    assert "[satisfy]" in done
    assert "row: news verb: satisfy -> meet" in done
    assert "other readings:" in done
    assert done.endswith("0 edits\n  nothing found\n")
    everything = run("explain", "--all", spun).stdout.decode()
    assert "(left alone)" in everything
    assert "(left alone)" not in done
    record = json.loads(run("explain", "--json", spun).stdout)
    assert "skipped" not in record
    assert record["edits"][0]["rule"] == "news verb: satisfy -> meet"


def test_settings(spun: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.tsv"
    rows.write_text("spun\toriginal\tweight\nMoscow\tthe Russian capital\t0.9\n", "utf-8")

    def repaired(*options: str) -> str:
        done = run("repair", *options, spun)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    plain, text = repaired(), spun.read_text("utf-8")
    assert repaired("--not-spun") == text
    assert repaired("--min-spin", "1") == text
    assert repaired("--profile", "safe") not in (plain, text)
    assert repaired("--min-confidence", "0.99") not in (plain, text)
    assert "satisfy Putin" in repaired("--protect-text", "satisfy Putin")
    assert "satisfy Putin" in repaired("--protect", "satisfy P[a-z]+")
    assert "“brand-new turning points.”" in repaired("--keep-quotations")
    assert "12- point" in repaired("--no-typography")
    assert repaired("--dictionary", str(rows)) != ""
    assert repaired("--no-fuzzy") != text
    short = "China’s Xi to satisfy Putin in Russia next week"
    assert run("repair", text=short.encode()).stdout.decode() == short
    assert "Xi to meet Putin" in run("repair", "--spun", text=short.encode()).stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required"),
        (["mend"], "invalid choice"),
        (["repair", "--profile", "bold"], "invalid choice"),
        (["repair", "--min-spin", "2", "{sound}"], "min_spin is 2.0"),
        (["repair", "--protect", "(", "{sound}"], "--protect ("),
        (["repair", "--write", "--diff", "{sound}"], "not allowed with"),
        (["repair", "--spun", "--not-spun", "{sound}"], "not allowed with"),
        (["repair", "--dictionary", "nowhere.tsv", "{sound}"], "nowhere.tsv"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, sound: Path) -> None:
    done = run(*(argument.replace("{sound}", str(sound)) for argument in arguments))
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_bad_files_are_named_and_the_others_done(tmp_path: Path, sound: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "empty.txt").write_bytes(b"")
    bad = [tmp_path / "latin.txt", tmp_path / "empty.txt", tmp_path, tmp_path / "missing.txt"]
    done = run("repair", *bad, sound)
    assert done.returncode == 2
    assert done.stdout.decode() == SOUND
    lines = done.stderr.decode().splitlines()
    reasons = ["not UTF-8 (byte 3: 0xe9)", "is empty", "is a directory", "no such file or directory"]
    for path, line, reason in zip(bad, lines, reasons, strict=True):
        assert line.startswith(f"despin: {path}: ")
        assert reason in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(sound: Path) -> None:
    sound.chmod(0)
    done = run("repair", sound)
    assert done.returncode == 2
    assert b"permission denied" in done.stderr


def test_broken_pipe(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_text(SOUND * 50_000, "utf-8")
    reader = f"{sys.executable} -m despin repair {big} {big} | head -c 10; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", reader], capture_output=True, text=True, check=True)
    assert done.stdout == SOUND[:10] + "2\n"
    assert done.stderr == ""


def test_a_terminal_is_no_input() -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "despin", "repair"]
    done = subprocess.run(command, stdin=follower, capture_output=True, check=False)
    os.close(leader)
    os.close(follower)
    assert done.returncode == 2
    assert b"standard input is a terminal" in done.stderr


def test_colour_on_a_terminal_only(spun: Path) -> None:
    def shown(**env: str) -> bytes:
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "despin", "repair", "--diff", str(spun)]
        settings = {**os.environ, "TERM": "xterm", **env}
        process = subprocess.Popen(command, stdout=follower, stdin=subprocess.DEVNULL, env=settings)
        os.close(follower)
        seen = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        process.wait()
        os.close(leader)
        return seen

    assert b"\x1b[32m" in shown()
    assert b"\x1b[32m" not in shown(NO_COLOR="1")


def test_help_and_version() -> None:
    assert run("--version").stdout.decode() == f"despin {despin.__version__}\n"
    assert b"repair" in run("--help").stdout
    assert b"--protect-text" in run("repair", "--help").stdout


def test_start_up_is_lean() -> None:
    code = "import sys, despin.cli; despin.cli.main(['--version']); assert 'despin.cli.explain' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
