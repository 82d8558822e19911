"""What the options of ``despin clean`` do."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

import despin
from despin.report import Report
from despin.reports import Entry, write_report
from tests.clean.conftest import Clean, command, outside, read_jsonl, write_jsonl
from tests.clean.test_formats import warc_bytes

Records = list[dict[str, Any]]


@pytest.fixture
def source(records: Records, tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "a.jsonl", records)


def test_annotate(source: Path, records: Records, clean: Clean, tmp_path: Path) -> None:
    clean(source, "-o", tmp_path / "b.jsonl", "--annotate")
    for made, record in zip(read_jsonl(tmp_path / "b.jsonl"), records, strict=True):
        note, text, report = made["despin"], record["text"], despin.inspect(record["text"])
        assert made["text"] == report.apply()
        assert note["version"] == despin.__version__
        assert note["spin"] == round(report.spin, 4)
        assert note["family"] == report.family
        assert [edit["after"] for edit in note["edits"]] == [edit.after for edit in report.edits]
        assert all(text[edit["start"] : edit["end"]] == edit["before"] for edit in note["edits"])
    # what is annotated again is annotated anew, not twice
    clean(tmp_path / "b.jsonl", "-o", tmp_path / "c.jsonl", "--annotate")
    line = (tmp_path / "c.jsonl").read_text("utf-8").splitlines()[0]
    assert line.count('"despin"') == 1
    assert json.loads(line)["text"] == read_jsonl(tmp_path / "b.jsonl")[0]["text"]


def test_min_spin(source: Path, clean: Clean, tmp_path: Path) -> None:
    summary = clean(source, "-o", tmp_path / "b.jsonl", "--min-spin", "1")
    assert summary["changed"] == 0
    assert (tmp_path / "b.jsonl").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(("keep", "expected"), [("spun", 20), ("sound", 40), ("all", 60)])
def test_only_score(source: Path, records: Records, clean: Clean, tmp_path: Path, keep: str, expected: int) -> None:
    summary = clean(source, "-o", tmp_path / "b.jsonl", "--only-score", "--annotate", "--keep", keep)
    made = read_jsonl(tmp_path / "b.jsonl")
    assert len(made) == expected == summary["unchanged"]
    assert summary["left_out"] == 60 - expected
    assert summary["changed"] == 0
    for record in made:
        assert record["text"] == records[record["id"]]["text"]
        assert (record["despin"]["spin"] >= 0.95) == (record["id"] % 3 == 0)
    if keep == "sound":
        clean(source, "-o", tmp_path / "c.jsonl", "--only-score", "--keep", keep)
        assert set((tmp_path / "c.jsonl").read_bytes().splitlines()) < set(source.read_bytes().splitlines())


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_report(suffix: str, source: Path, records: Records, clean: Clean, tmp_path: Path) -> None:
    clean(source, "-o", tmp_path / "b.jsonl", "--report", tmp_path / f"r{suffix}", "--group-by", "domain", workers=2)
    text = (tmp_path / f"r{suffix}").read_text("utf-8")
    found = json.loads(text)["entries"] if suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    made = read_jsonl(tmp_path / "b.jsonl")
    changed = [n for n, record in enumerate(records) if made[n]["text"] != record["text"]]
    assert set(range(0, 60, 3)) <= set(changed)
    assert [entry["record"] for entry in found] == [f"line {n + 1}" for n in changed]
    for entry, number in zip(found, changed, strict=True):
        again = Entry.from_dict(entry)
        assert again.group == f"site{number % 4}.example"
        assert again.source == str(source)
        assert again.report.text == records[number]["text"]
        assert again.to_dict() == entry
        assert again.report.apply() == made[number]["text"]


def test_report_without_entries(tmp_path: Path) -> None:
    for name in ("r.json", "r.jsonl"):
        write_report([], tmp_path / name)
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["entries"] == []
    assert (tmp_path / "r.jsonl").read_text("utf-8") == ""
    write_report([Entry("s", "", None, "\ud800", Report("\ud800"))], tmp_path / "r.jsonl")
    assert json.loads((tmp_path / "r.jsonl").read_bytes())["text"] == "\ud800"


def test_fix_encoding(spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    wrong = spun_texts[0].replace("“", '"').replace("”", '"').encode().decode("cp1252")
    assert "â€™" in wrong
    write_jsonl(tmp_path / "a.jsonl", [{"text": wrong}, {"text": "FranÃ§ois met the mayor."}, {"text": "Fine."}])
    clean(tmp_path / "a.jsonl", "-o", tmp_path / "b.jsonl", "--fix-encoding")
    first, second, third = read_jsonl(tmp_path / "b.jsonl")
    assert first["text"].startswith("China’s Xi to meet Putin")
    assert "â€" not in first["text"]
    assert second["text"] == "François met the mayor."
    assert third["text"] == "Fine."
    assert (tmp_path / "b.jsonl").read_bytes().splitlines()[2] == b'{"text": "Fine."}'


def test_dictionary_and_known_spin(clean: Clean, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": "He kicked the pail yesterday."}])
    (tmp_path / "rows.tsv").write_text("spun\toriginal\tweight\nkick the pail\tkick the bucket\t0.9\n", "utf-8")
    clean(tmp_path / "a.jsonl", "-o", tmp_path / "b.jsonl", "--spun", "--dictionary", tmp_path / "rows.tsv", workers=2)
    assert read_jsonl(tmp_path / "b.jsonl") == [{"text": "He kicked the bucket yesterday."}]


@pytest.mark.parametrize("content", ["html", "markdown"])
def test_markup_in_fields(content: str, spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    text = spun_texts[0]
    if content == "html":
        text = "".join(f'<p class="satisfy">{part}</p>\r\n' for part in text.split("\n") if part)
    write_jsonl(tmp_path / "a.jsonl", [{"text": text}], ensure_ascii=False)
    options = ("--content", content, "--annotate")
    clean(tmp_path / "a.jsonl", "-o", tmp_path / "b.jsonl", *options)
    (made,) = read_jsonl(tmp_path / "b.jsonl")
    assert "Xi to meet Putin" in made["text"]
    assert made["text"].count('class="satisfy"') == text.count('class="satisfy"')
    assert all(text[edit["start"] : edit["end"]] == edit["before"] for edit in made["despin"]["edits"])
    clean(tmp_path / "a.jsonl", "-o", tmp_path / "c.jsonl", *options, "--only-score")
    (scored,) = read_jsonl(tmp_path / "c.jsonl")
    assert scored["despin"]["spin"] == made["despin"]["spin"]


def test_pages_and_notes_of_a_folder(spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    body = "".join(f"<p>{part}</p>\n" for part in spun_texts[0].replace("”", '"').split("\n") if part)
    page = f'<meta charset="iso-8859-1"><title>satisfy</title><!-- stated -->{body}<script>satisfy()</script>'
    (folder / "page.html").write_bytes(page.encode("cp1252", "xmlcharrefreplace"))
    (folder / "note.md").write_text(f"# A note\n\n{spun_texts[0]}\n\n    stated\n", "utf-8")
    summary = clean(folder, "-o", tmp_path / "out", "--encoding", "auto")
    assert summary["changed"] == 2
    made = (tmp_path / "out/page.html").read_bytes().decode("cp1252")
    assert "Xi to meet Putin" in made
    assert made.endswith("<script>satisfy()</script>")
    assert "<!-- stated -->" in made
    assert (tmp_path / "out/note.md").read_text("utf-8").endswith("    stated\n")


@pytest.mark.parametrize("encoded", [False, True])
def test_pages_of_a_warc(encoded: bool, records: Records, clean: Clean, tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(warc_bytes(records[:9], http=True, encoded=encoded))
    summary = clean(tmp_path / "a.warc", "-o", tmp_path / "b.warc.gz", "--group-by", "domain")
    assert summary["changed"] == 3
    data = gzip.decompress((tmp_path / "b.warc.gz").read_bytes())
    items = ArchiveIterator(io.BytesIO(data), record_types=WarcRecordType.response, auto_decode="all")
    for number, item in enumerate(items):
        changed = number % 3 == 0
        page = item.reader.read().decode()
        assert page.startswith("<html><body><nav>Home</nav><article><p>")
        assert page.endswith("</p></article></body></html>")
        assert (item.http_headers.get("X-Archive-Orig-Content-Encoding") == "gzip") == (changed and encoded)
        assert (item.http_headers.get("Content-Encoding") == "gzip") == (not changed and encoded)
        if changed:
            assert int(item.http_headers.get("Content-Length")) == len(page.encode())
    for item in ArchiveIterator(io.BytesIO(data), parse_http=False):
        assert item.verify_block_digest()


def test_summary_and_progress_are_lines_when_no_one_looks(source: Path, tmp_path: Path) -> None:
    with source.open("ab") as out:
        out.write(b"bad\n")
    done = outside(source, "-o", tmp_path / "b.jsonl")
    assert done.stdout == ""
    assert "\x1b" not in done.stderr
    lines = [line.split() for line in done.stderr.splitlines()]
    assert lines[0][:2] == ["despin:", "cleaning"]
    assert lines[1][:5] == ["read", "61", "from", "1", "file"]
    assert ["repaired", "20"] in [line[:2] for line in lines]
    assert ["rejected", "1", "see", f"{tmp_path}/b.jsonl.rejects.jsonl"] in lines
    assert ["1", "is", "not", "JSON"] in lines
    assert outside(source, "-o", tmp_path / "c.jsonl", "--quiet").stderr == ""


def test_a_bar_on_a_terminal(source: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    arguments = command(source, "-o", tmp_path / "b.jsonl", "--block-size", "8k", "--group-by", "domain")
    process = subprocess.Popen(arguments, stderr=follower, stdin=subprocess.DEVNULL, env=environment)
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
    assert process.wait() == 0
    os.close(leader)
    text = seen.decode()
    assert "scoring" in text
    assert "cleaning" in text
    assert "━" in text
    assert "records" in text
    assert "60" in text


def test_what_is_missing_is_told_with_the_command(source: Path, tmp_path: Path) -> None:
    """Packages made impossible to import, in a process of their own."""
    cases = {
        "a.parquet": ("pyarrow", "pip install 'despin[data]'"),
        "a.warc": ("fastwarc", "pip install 'despin[data]'"),
        "a.jsonl.zst": ("zstandard", "pip install 'despin[data]'"),
        "a.md": ("markdown_it", "pip install 'despin[feeds]'"),
    }
    for name, (package, message) in cases.items():
        (tmp_path / name).touch()
        code = f"import sys; sys.modules[{package!r}] = None; from despin.cli import main; sys.exit(main(sys.argv[1:]))"
        done = subprocess.run(
            [*command()[:1], "-c", code, "clean", str(tmp_path / name), "-o", f"{tmp_path}/out-{name}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, name
        assert message in done.stderr
        assert "Traceback" not in done.stderr
    code = "import sys; sys.modules['ftfy'] = None; from despin.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["clean", str(source), "-o", f"{tmp_path}/b.jsonl", "--fix-encoding"]
    done = subprocess.run([*command()[:1], "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert "--fix-encoding needs ftfy: pip install 'despin[feeds]'" in done.stderr


def test_restart_and_force(source: Path, clean: Clean, tmp_path: Path) -> None:
    target = tmp_path / "b.jsonl"
    clean(source, "-o", target)
    made = target.read_bytes()
    target.write_bytes(b"something else")
    clean(source, "-o", target, code=2)
    assert target.read_bytes() == b"something else"
    clean(source, "-o", target, "--force", workers=2)
    assert target.read_bytes() == made
    state = tmp_path / "c.jsonl.despin-state"
    state.mkdir()
    (state / "state.json").write_text("damaged", "utf-8")
    target = tmp_path / "c.jsonl"
    assert "start again with --restart" in clean(source, "-o", target, "--resume", code=2)["stderr"]
    clean(source, "-o", target, "--restart")
    assert target.read_bytes() == made
    assert not state.exists()


def test_help() -> None:
    done = outside("--help")
    assert done.returncode == 0
    assert "despin clean crawl.jsonl.gz -o clean.jsonl.zst --field text" in done.stdout
