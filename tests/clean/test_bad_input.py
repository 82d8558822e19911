"""Bad input: a clear message, limits that hold, nothing lost."""

from __future__ import annotations

import base64
import gzip
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.clean.conftest import Clean, read_jsonl

GOOD = [json.dumps({"id": number, "text": f"The council met on day {number}."}).encode() + b"\n" for number in range(4)]
LONG = b'{"text": "' + b"word " * 1_000_000 + b'"}\n'

# name: (file, bytes, reasons of the rejects, lines that come out)
RECORDS: dict[str, tuple[str, bytes, list[str], list[bytes]]] = {
    "no JSON": ("a.jsonl", GOOD[0] + b'{"text": "open\n' + GOOD[1], ["is not JSON: Unterminated"], GOOD[:2]),
    "two objects": ("a.jsonl", GOOD[0] + b'{"text": "a"}{}\n', ["is not JSON: Extra data"], GOOD[:1]),
    "no object": ("a.jsonl", b'["text"]\n' + GOOD[0] + b"7\n", ["is a list, not an object", "is a number"], GOOD[:1]),
    "another type": ("a.jsonl", GOOD[0] + b'{"text": ["a"]}\n', ["field text is a list, not a string"], GOOD[:1]),
    "NULs": ("a.jsonl", GOOD[0] + bytes(50) + b"\n" + GOOD[1], ["is not JSON"], GOOD[:2]),
    "not UTF-8": ("a.jsonl", GOOD[0] + b'{"text": "caf\xe9"}\n' + GOOD[1], ["is not UTF-8 (byte 13: 0xe9)"], GOOD[:2]),
    "deep": ("a.jsonl", b'{"a": ' + b"[" * 100_000 + b"\n" + GOOD[0], ["is nested too deeply"], GOOD[:1]),
    "a long line": ("a.jsonl", GOOD[0] + LONG + GOOD[1], ["does not end within 1,048,576 bytes"], GOOD[:2]),
    "a long last line": ("a.jsonl", GOOD[0] + LONG[:-1], ["does not end within 1,048,576 bytes"], GOOD[:1]),
    "cut off gzip": ("a.jsonl.gz", gzip.compress(b"".join(GOOD))[:-20], ["ends early"], GOOD[:2]),
    "cut off zstd": (
        "a.jsonl.zst",
        zstandard.compress(b"".join(GOOD)) + zstandard.compress(GOOD[0])[:-4],
        ["ends early"],
        GOOD,
    ),
    "damaged gzip": ("a.jsonl.gz", gzip.compress(b"".join(GOOD)) + b"garbage", ["is damaged"], GOOD),
    "a short row": (
        "a.csv",
        b"id,text\n1,a\n2\n3,b\n",
        ["has 1 fields where the header has 2"],
        [b"id,text\n1,a\n3,b\n"],
    ),
    "an open quote": (
        "a.csv",
        b'id,text\n1,a\n2,"b\n3,c\n4,d\n',
        ["has a quotation mark that is never closed"],
        [b"id,text\n1,a\n3,c\n4,d\n"],
    ),
    "a row not UTF-8": ("a.csv", b"id,text\n1,\xff\n2,b\n", ["is not UTF-8 (byte 2: 0xff)"], [b"id,text\n2,b\n"]),
    "no WARC": ("a.warc", b"junk\njunk\n", ["is no WARC record"], []),
}


@pytest.mark.parametrize("case", RECORDS)
def test_bad_records_are_set_aside(case: str, clean: Clean, tmp_path: Path) -> None:
    name, data, reasons, kept = RECORDS[case]
    source, target = tmp_path / name, tmp_path / f"out{name[1:]}"
    source.write_bytes(data)
    arguments = (source, "-o", target, "--max-record", "1m", "--block-size", "64k")
    summary = clean(*arguments, "--strict", code=2)
    plain = target.read_bytes()
    if name.endswith(".gz"):
        plain = gzip.decompress(plain)
    elif name.endswith(".zst"):
        plain = zstandard.ZstdDecompressor().stream_reader(plain, read_across_frames=True).read()
    assert b"".join(kept).startswith(plain) if reasons == ["ends early"] else plain == b"".join(kept)
    rejects = read_jsonl(tmp_path / f"{target.name}.rejects.jsonl")
    assert summary["rejected"] == len(rejects) == len(reasons)
    assert summary["records"] == summary["rejected"] + summary["unchanged"]
    for reject, reason in zip(rejects, reasons, strict=True):
        assert reason in reject["reason"]
        assert reject["source"] == str(source)
        _check_place(reject, data if name.endswith((".jsonl", ".csv", ".warc")) else b"".join([*GOOD, GOOD[0]]))
    assert clean(*arguments, "--force")["rejected"] == len(reasons)  # and exit code 0 without --strict


def _check_place(reject: dict[str, Any], data: bytes) -> None:
    raw = reject["raw"].encode() if "raw" in reject else base64.b64decode(reject.get("raw_base64", ""))
    place = data[reject["offset"] : reject["offset"] + reject["length"]]
    if raw and "is damaged" not in reject["reason"]:
        assert raw == place or len(raw) < len(place) == 0


def test_rejects_of_an_earlier_run_do_not_stay(clean: Clean, tmp_path: Path) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_bytes(GOOD[0] + b"bad\n")
    clean(source, "-o", target)
    assert (tmp_path / "b.jsonl.rejects.jsonl").exists()
    source.write_bytes(GOOD[0])
    clean(source, "-o", target, "--force")
    assert not (tmp_path / "b.jsonl.rejects.jsonl").exists()


# name: (file, bytes)
FINE = {
    "nothing": ("a.jsonl", b""),
    "one line without end": ("a.jsonl", GOOD[0][:-1]),
    "mixed line ends": ("a.jsonl", GOOD[0][:-1] + b"\r\n" + GOOD[1] + b"\r\n\n" + GOOD[2]),
    "half a surrogate pair": ("a.jsonl", b'{"text": "A \\ud83d half. The council met."}\n'),
    "a NUL in a string": ("a.jsonl", b'{"text": "A \\u0000 here."}\n'),
    "NaN and long numbers": ("a.jsonl", b'{"text": "a", "x": NaN, "y": -1E400, "z": ' + b"9" * 9000 + b"}\n"),
    "a key that comes twice": ("a.jsonl", b'{"text": 5, "text": "The council met."}\n'),
    "a mark": ("a.jsonl", b"\xef\xbb\xbf" + GOOD[0]),
    "a table of a header": ("a.csv", b"id,text\r\n"),
    "an empty table": ("a.csv", b""),
    "a table with NULs and quotes": ("a.csv", b'id,text\n1,a "b" c\n2,"a ""b"" c"\n3,\0\n\n"4","d"x\n'),
    "a table of old Macs": ("a.csv", b"id,text\r1,a\r2,b\r"),
    "a text with NULs": ("a.txt", b"a\0b\n"),
    "an empty text": ("a.txt", b""),
    "an empty page": ("a.html", b""),
    "an empty WARC": ("a.warc", b""),
}


@pytest.mark.parametrize("case", FINE)
def test_odd_but_fine(case: str, clean: Clean, tmp_path: Path) -> None:
    name, data = FINE[case]
    (tmp_path / name).write_bytes(data)
    target = tmp_path / f"out{name[1:]}"
    summary = clean(tmp_path / name, "-o", target)
    assert target.read_bytes() == data
    assert summary["rejected"] == 0
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(data))
    clean(packed, "-o", f"{target}.gz")
    assert gzip.decompress(Path(f"{target}.gz").read_bytes()) == data


def test_repairs_next_to_odd_characters(spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    text = spun_texts[0]
    line = json.dumps({"text": "\ud83d\0 \U0001f600 " + text + " \ud83d"}) + "\n"
    (tmp_path / "a.jsonl").write_text(line, "ascii")
    summary = clean(tmp_path / "a.jsonl", "-o", tmp_path / "b.jsonl", "--report", tmp_path / "r.json")
    assert summary["changed"] == 1
    (made,) = read_jsonl(tmp_path / "b.jsonl")
    assert made["text"].startswith("\ud83d\0 \U0001f600 China’s Xi to meet")
    (entry,) = json.loads((tmp_path / "r.json").read_text("utf-8"))["entries"]
    assert entry["text"][entry["edits"][0]["start"] :].startswith(entry["edits"][0]["before"])


def _parquet(path: Path) -> None:
    pq.write_table(pa.table({"body": ["a"], "n": [1]}), path)


# name: (what is made in the folder, arguments, message)
REFUSED: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "missing": (lambda d: None, "nowhere.jsonl -o b.jsonl", "nowhere.jsonl: no such file or folder"),
    "unknown kind": (lambda d: (d / "a.dat").touch(), "a.dat -o b.dat", "Give --format jsonl|csv|parquet"),
    "a document": (lambda d: (d / "a.json").touch(), "a.json -o b.json", "a JSON document is no JSON Lines"),
    "an empty folder": (lambda d: (d / "a").mkdir(), "a -o b/", "no file to clean in"),
    "target is there": (
        lambda d: [(d / name).touch() for name in ("a.txt", "b.txt")],
        "a.txt -o b.txt",
        "b.txt exists; --force replaces it",
    ),
    "in place": (lambda d: (d / "a.txt").touch(), "a.txt -o a.txt --force", "is a source and a target"),
    "another format": (lambda d: (d / "a.csv").touch(), "a.csv -o b.parquet", "despin keeps the format"),
    "texts into one": (lambda d: [(d / f"{n}.txt").touch() for n in "ab"], "a.txt b.txt -o c.txt", "cannot become one"),
    "twice the same": (
        lambda d: [(d / n).mkdir() or (d / n / "a.txt").touch() for n in "xy"],
        "x y -o z/",
        "two sources would be written to the same file",
    ),
    "no such field": (
        lambda d: (d / "a.jsonl").write_bytes(b'{"body": "x", "id": 1}\n'),
        "a.jsonl -o b.jsonl",
        "no record has the field text; give its --field. Fields: body, id",
    ),
    "no such field, grouped": (
        lambda d: (d / "a.jsonl").write_bytes(b'{"body": "x", "url": "u"}\n'),
        "a.jsonl -o b.jsonl --group-by domain",
        "no record has the field text; give its --field. Fields: body, url",
    ),
    "no such column": (lambda d: (d / "a.csv").write_bytes(b"id,body\n"), "a.csv -o b.csv", "its columns: id, body"),
    "no such Parquet column": (lambda d: _parquet(d / "a.parquet"), "a.parquet -o b.parquet", "its columns: body, n"),
    "a column of numbers": (
        lambda d: _parquet(d / "a.parquet"),
        "a.parquet -o b.parquet --field n",
        "column n holds int64, not text",
    ),
    "no Parquet": (
        lambda d: (d / "a.parquet").write_bytes(b"PAR1 but no more"),
        "a.parquet -o b.parquet",
        "a.parquet: is no sound Parquet file",
    ),
    "other headers": (
        lambda d: [(d / f"{n}.csv").write_bytes(f"{n},text\n".encode()) for n in "ab"],
        "a.csv b.csv -o c.csv",
        "b.csv: its header differs from that of a.csv",
    ),
    "UTF-16 lines": (
        lambda d: (d / "a.jsonl").write_bytes('{"text": "a"}\n'.encode("utf-16")),
        "a.jsonl -o b.jsonl",
        "a.jsonl: is UTF-16, which cannot be cut into lines; convert it: iconv",
    ),
    "not gzip": (
        lambda d: (d / "a.jsonl.gz").write_bytes(GOOD[0]),
        "a.jsonl.gz -o b.jsonl",
        "a.jsonl.gz: is no gzip file, in spite of its name",
    ),
    "unknown encoding": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --encoding klingon", "--encoding klingon"),
    "no room for notes": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --annotate", "use --report"),
    "a report of no kind": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --report r.pdf", "end the name in one of"),
    "scores for nothing": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --only-score", "add --annotate, or --keep"),
    "kept for nothing": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --keep spun", "add --only-score"),
    "no fields": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --group-by domain", "have no fields to group by"),
    "standard input": (lambda d: None, "- -o b.jsonl", "standard input cannot be"),
    "a wrong size": (lambda d: (d / "a.txt").touch(), "a.txt -o b.txt --max-record big", "is no size; for example"),
    "a wrong delimiter": (lambda d: (d / "a.csv").touch(), "a.csv -o b.csv --delimiter ;;", "give one character"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_told(case: str, clean: Clean, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, arguments, message = REFUSED[case]
    make(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert message in clean(*arguments.split(), code=2)["stderr"]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a.txt", b"caf\xe9"),
        ("a.txt.gz", gzip.compress(b"word " * 500_000)[:-9]),
        ("a.html", b"x" * 2_000_000),
    ],
)
def test_bad_files_of_a_folder(name: str, what: bytes, clean: Clean, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(what)
    (tmp_path / "in" / "z.txt").write_text("Fine.", "utf-8")
    summary = clean(tmp_path / "in", "-o", tmp_path / "out", "--strict", "--max-record", "1m", code=2)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["z.txt"]
    assert summary["rejected"] == summary["unchanged"] == 1


BIG = {
    "a line of 200 MB": ("a.jsonl", lambda: [b'{"text": "', *[b"x" * 1_000_000] * 200, b'"}\n', GOOD[0]]),
    "a gzip bomb": ("a.jsonl.gz", lambda: [gzip.compress(bytes(500_000_000), 9)]),
    "a zstd bomb": ("a.jsonl.zst", lambda: [zstandard.compress(bytes(500_000_000))]),
    "a bomb of a text": ("a.txt.gz", lambda: [gzip.compress(bytes(500_000_000), 9)]),
    "a quote of 200 MB": ("a.csv", lambda: [b'id,text\n1,"', *[b"x" * 1_000_000] * 200, b'\n2,"b"\n']),
}


@pytest.mark.parametrize("case", BIG)
def test_limits_hold(case: str, tmp_path: Path) -> None:
    name, parts = BIG[case]
    with (tmp_path / name).open("wb") as out:
        out.writelines(parts())
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20)); "
    code = limit + "import sys; from despin.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "clean", name, "-o", f"out{name[1:]}", "--workers", "1", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rejected"] == 1
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak < 600 * 1024, f"{peak} KB"
