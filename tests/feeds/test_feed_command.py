"""``despin feed``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from despin.cli import main
from tests.feeds.test_fetch import Site, site

__all__ = ["site"]

WILD = Path(__file__).parent / "wild"


@pytest.fixture
def spun(tmp_path: Path, seed: str) -> Path:
    items = "".join(
        f"<item><title>{i}</title><description>{p}</description></item>" for i, p in enumerate(seed.split("\n\n"))
    )
    path = tmp_path / "feed.xml"
    path.write_text(f"<rss><channel>{items}</channel></rss>", "utf-8")
    return path


def test_a_file(spun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, report = tmp_path / "out.xml", tmp_path / "report.jsonl"
    assert main(["feed", str(spun), "-o", str(out), "--report", str(report)]) == 0
    assert "Russian counterpart" in out.read_text("utf-8")
    assert out.stat().st_mode & 0o777 == spun.stat().st_mode & 0o777
    entries = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert entries
    assert all(e["source"] == str(spun) and e["edits"] for e in entries)
    assert f"{len(entries)} repaired" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["feed.xml", "out.xml", "report.jsonl"]


def test_an_address(spun: Path, tmp_path: Path, site: Site, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def page(h):  # type: ignore[no-untyped-def]
        h.answer(b"", 304) if h.headers.get("if-none-match") else h.answer(spun.read_bytes(), ETag='"1"')

    site.pages["/feed"] = page
    command = ["feed", f"{site.url}/feed", "--allow-private", "--cache", str(tmp_path / "cache")]
    assert main(command) == 0
    first = capfdbinary.readouterr()
    assert main(command) == 0
    second = capfdbinary.readouterr()
    assert first.out == second.out != spun.read_bytes()
    assert b"not modified" in second.err
    assert b"not modified" not in first.err


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    data = (WILD / "wordpress.xml").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["feed", "-", "--not-spun"]) == 0
    assert capfdbinary.readouterr().out == data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["file:///etc/passwd"], "file: addresses are refused; give the path"),
        (["http://127.0.0.1:1/"], "an address of a private network; --allow-private"),
        (["ftp://x.example/"], "only http: and https:"),
        (["missing.xml"], "No such file"),
        (["."], "Is a directory"),
        ([str(WILD / "micro.json"), "--max-size", "0.0001"], "is longer than 0.0001 MB"),
        ([str(WILD / "micro.json"), "--timeout", "0"], "--timeout is 0; give more than 0"),
        ([str(WILD / "micro.json"), "--report", "x.doc"], "no report of that kind"),
        ([str(Path(__file__))], "neither XML nor JSON, so no feed"),
    ],
)
def test_what_does_not_work(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feed", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_failure_leaves_the_target(tmp_path: Path) -> None:
    target, bad = tmp_path / "out.xml", tmp_path / "bad.xml"
    target.write_text("old")
    bad.write_text("<rss>")
    assert main(["feed", str(bad), "-o", str(target)]) == 2
    assert target.read_text() == "old"
