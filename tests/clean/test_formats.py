"""Each format, from file to file: what is sound stays byte for byte, what is spun changes where its text does."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

import despin
from tests.clean.conftest import Clean, read_jsonl, write_jsonl

Records = list[dict[str, Any]]


def repaired(records: Records) -> list[str]:
    return [despin.repair(record["text"]) for record in records]


def jsonl_bytes(records: Records) -> bytes:
    """Lines in every manner of writing them."""
    lines = []
    for number, record in enumerate(records):
        odd = number % 2 == 1
        text = json.dumps(
            {**record, "n": 1.50, "big": 10**30}, ensure_ascii=odd, separators=(",", ":") if odd else None
        )
        lines.append(("  " if number % 5 == 0 else "") + text + ("\r\n" if number % 3 == 0 else "\n"))
    return ("\ufeff" + "".join(lines) + "\n\n").encode()[:-1]


def csv_bytes(records: Records) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["id", "text", "url"])
    for record in records:
        writer.writerow([record["id"], record["text"], f' "{record["url"]}"'])
    return out.getvalue().encode()


def warc_bytes(records: Records, *, http: bool = False, encoded: bool = False) -> bytes:
    """A record of each kind: an info record, requests, and texts as WET files have them, or pages."""
    out = io.BytesIO()

    def add(kind: WarcRecordType, url: str, content_type: str, body: bytes) -> None:
        record = WarcRecord()
        record.init_headers(kind)
        record.headers["WARC-Target-URI"] = url
        record.headers["Content-Type"] = content_type
        record.set_bytes_content(body)
        record.write(out, checksum_data=True)

    add(WarcRecordType.warcinfo, "", "application/warc-fields", b"software: test\r\n")
    for record in records:
        add(WarcRecordType.request, record["url"], "application/http; msgtype=request", b"GET / HTTP/1.1\r\n\r\n")
        if not http:
            add(WarcRecordType.conversion, record["url"], "text/plain", record["text"].encode())
            continue
        page = "".join(f"<p>{part}</p>" for part in record["text"].split("\n"))
        body = f"<html><body><nav>Home</nav><article>{page}</article></body></html>".encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        if encoded:
            body = gzip.compress(body)
            head += "Content-Encoding: gzip\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        add(WarcRecordType.response, record["url"], "application/http; msgtype=response", head.encode() + body)
    return out.getvalue()


def packed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    compressed: bytes = zstandard.compress(data)
    return compressed if suffix else data


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        plain: bytes = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
        return plain
    return data


MAKERS: dict[str, Callable[[Records], bytes]] = {
    ".jsonl": jsonl_bytes,
    ".csv": csv_bytes,
    ".warc": warc_bytes,
    ".wet": warc_bytes,
}


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
@pytest.mark.parametrize("suffix", MAKERS)
def test_sound_records_stay_byte_for_byte(
    suffix: str, packing: str, records: Records, clean: Clean, tmp_path: Path
) -> None:
    data = MAKERS[suffix]([record for record in records if record["id"] % 3])
    source, target = tmp_path / f"a{suffix}{packing}", tmp_path / f"b{suffix}{packing}"
    source.write_bytes(packed(data, packing))
    summary = clean(source, "-o", target, "--block-size", "16k")
    assert unpacked(target) == data
    assert summary["changed"] == summary["rejected"] == 0
    assert summary["unchanged"] == 40
    assert sorted(path.name for path in tmp_path.iterdir()) == [source.name, target.name]


@pytest.mark.parametrize("workers", [1, 2])
def test_jsonl(records: Records, clean: Clean, tmp_path: Path, workers: int) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_bytes(jsonl_bytes(records))
    summary = clean(source, "-o", target, "--block-size", "8k", workers=workers)
    before, after = source.read_bytes().split(b"\n"), target.read_bytes().split(b"\n")
    assert len(before) == len(after)
    expected = repaired(records)
    for record, old, new, text in zip(records, before, after, expected, strict=False):
        changed = json.loads(new.decode("utf-8-sig"))
        assert changed == {**json.loads(old.decode("utf-8-sig")), "text": text}
        # outside the text nothing was written anew
        at = old.index(b'"text"') + 7
        assert new[:at] == old[:at]
        tail = old[old.rindex(b'"n"') :]
        assert new.endswith(tail)
        assert (new == old) == (record["text"] == text)
    assert summary["changed"] == 20
    assert summary["records"] == 61
    assert summary["without_text"] == 1


def test_several_fields_are_one_document(spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    title = "China’s Xi to satisfy Putin in Russia next week"
    assert despin.repair(title) == title
    record = {"item": {"body": spun_texts[0], "title": title}, "note": title}
    source = write_jsonl(tmp_path / "a.jsonl", [record, {"item": None}, {"item": {"title": None}}])
    clean(source, "-o", tmp_path / "b.jsonl", "--field", "item.title", "--field", "item.body")
    made, *others = read_jsonl(tmp_path / "b.jsonl")
    assert "Xi to meet Putin" in made["item"]["title"]
    assert "Xi to meet Putin" in made["item"]["body"]
    assert made["note"] == title
    assert others == [{"item": None}, {"item": {"title": None}}]


@pytest.mark.parametrize(("suffix", "delimiter"), [(".csv", ","), (".csv", ";"), (".tsv", "\t")])
def test_table(suffix: str, delimiter: str, records: Records, clean: Clean, tmp_path: Path) -> None:
    source, target = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    with source.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(["id", "text", "note"])
        writer.writerows([record["id"], record["text"], f'"quoted{delimiter}"'] for record in records)
    clean(source, "-o", target, "--block-size", "8k")
    with target.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter=delimiter))
    assert [row[1] for row in rows[1:]] == repaired(records)
    assert {row[2] for row in rows[1:]} == {f'"quoted{delimiter}"'}
    clean(source, "-o", target, "--annotate", "--force")
    with target.open(encoding="utf-8", newline="") as lines:
        annotated = list(csv.DictReader(lines, delimiter=delimiter))
    notes = [json.loads(row["despin"]) for row in annotated]
    assert [row["text"] for row in annotated] == repaired(records)
    assert [bool(note["edits"]) for note in notes] == [record["id"] % 3 == 0 for record in records]


def test_files_are_joined_in_order(records: Records, clean: Clean, tmp_path: Path) -> None:
    first, second = csv_bytes(records[:7]), csv_bytes(records[7:])
    (tmp_path / "a.csv").write_bytes(first.removesuffix(b"\r\n"))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + second))
    clean(tmp_path / "a.csv", tmp_path / "b.csv.gz", "-o", tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["id"]) for row in rows] == list(range(60))
    write_jsonl(tmp_path / "d.jsonl", records[:5])
    (tmp_path / "e.jsonl").write_bytes(b"")
    (tmp_path / "f.jsonl").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "d.jsonl").read_bytes()[:-1])
    sources = [tmp_path / name for name in ("d.jsonl", "e.jsonl", "f.jsonl", "d.jsonl")]
    (tmp_path / "d.jsonl").write_bytes((tmp_path / "d.jsonl").read_bytes()[:-1])
    clean(*sources, "-o", tmp_path / "g.jsonl")
    assert [record["id"] for record in read_jsonl(tmp_path / "g.jsonl")] == [0, 1, 2, 3, 4] * 3


def parquet_table(records: Records) -> pa.Table:
    texts: list[str | None] = [record["text"] for record in records]
    texts[4] = None
    nested = [{"body": text, "n": number} if number != 5 else None for number, text in enumerate(texts)]
    columns = {
        "id": pa.array([record["id"] for record in records], pa.int16()),
        "text": pa.array(texts, pa.string()),
        "large": pa.array(texts, pa.large_string()),
        "view": pa.array(texts, pa.string_view()),
        "item": pa.array(nested, pa.struct([("body", pa.string()), ("n", pa.int32())])),
        "word": pa.array(texts).dictionary_encode().cast(pa.dictionary(pa.int16(), pa.string())),
        "when": pa.array([1_700_000_000_000_000] * len(records), pa.timestamp("us", "UTC")),
    }
    schema = pa.schema([pa.field(name, column.type) for name, column in columns.items()], {b"origin": b"test"})
    return pa.Table.from_arrays(list(columns.values()), schema=schema)


@pytest.mark.parametrize("field", ["text", "large", "view", "item.body", "word"])
def test_parquet(field: str, records: Records, clean: Clean, tmp_path: Path) -> None:
    table = parquet_table(records)
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(
        table,
        source,
        compression={name: "gzip" if name == "id" else "zstd" for name in table.schema.names},
        row_group_size=25,
    )
    clean(source, "-o", target, "--field", field, "--block-size", "8k", workers=2)
    made = pq.read_table(target)
    assert made.schema.equals(pq.read_table(source).schema, check_metadata=True)
    name, *inner = field.split(".")
    before, after = table.column(name).to_pylist(), made.column(name).to_pylist()
    for old, new in zip(before, after, strict=True):
        old_text, new_text = (value[inner[0]] if inner and value else value for value in (old, new))
        assert new_text == (old_text if old_text is None else despin.repair(old_text))
    assert before != after
    for other in table.schema.names:
        if other != name:
            assert made.column(other).equals(table.column(other)), other
    about, was = pq.ParquetFile(target).metadata, pq.ParquetFile(source).metadata
    assert [about.row_group(i).num_rows for i in range(about.num_row_groups)] == [25, 25, 10]
    for index in range(was.num_columns):
        assert about.row_group(0).column(index).compression == was.row_group(0).column(index).compression


def test_parquet_annotated(records: Records, clean: Clean, tmp_path: Path) -> None:
    pq.write_table(parquet_table(records), tmp_path / "a.parquet")
    clean(tmp_path / "a.parquet", "-o", tmp_path / "b.parquet", "--annotate")
    rows = pq.read_table(tmp_path / "b.parquet").to_pylist()
    assert rows[4]["despin"] is None
    for row, record in zip(rows, records, strict=True):
        if row["despin"]:
            text = record["text"]
            assert all(text[edit["start"] : edit["end"]] == edit["before"] for edit in row["despin"]["edits"])
            assert bool(row["despin"]["edits"]) == (record["id"] % 3 == 0)


def test_parquet_without_rows(clean: Clean, tmp_path: Path) -> None:
    pq.write_table(
        parquet_table([{"id": n, "url": "", "text": ""} for n in range(8)]).slice(0, 0), tmp_path / "a.parquet"
    )
    clean(tmp_path / "a.parquet", "-o", tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet").equals(pq.read_table(tmp_path / "a.parquet"))


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz", ".warc.zst"])
def test_texts_in_a_warc(suffix: str, records: Records, clean: Clean, tmp_path: Path) -> None:
    source, target = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    source.write_bytes(packed(warc_bytes(records), source.suffix.replace(".warc", "")))
    summary = clean(source, "-o", target, "--block-size", "16k")
    assert summary["changed"] == 20
    assert summary["records"] == 121
    bodies = []
    for item in ArchiveIterator(io.BytesIO(target.read_bytes()), record_types=WarcRecordType.conversion):
        assert item.verify_block_digest()
        bodies.append(item.reader.read().decode())
    assert bodies == repaired(records)


def test_each_record_of_a_compressed_warc_is_a_member(records: Records, clean: Clean, tmp_path: Path) -> None:
    source, target = tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"
    source.write_bytes(gzip.compress(warc_bytes(records[:6])))
    clean(source, "-o", target)
    places = [item.stream_pos for item in ArchiveIterator(io.BytesIO(target.read_bytes()))]
    assert len(set(places)) == 13
    data = target.read_bytes()
    for place in places:
        assert data[place : place + 2] == b"\x1f\x8b"


@pytest.mark.parametrize("encoded", [False, True])
def test_articles_of_a_warc(records: Records, clean: Clean, tmp_path: Path, encoded: bool) -> None:
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(warc_bytes(records[:9], http=True, encoded=encoded)))
    summary = clean(tmp_path / "a.warc.gz", "-o", tmp_path / "b.jsonl.zst", "--annotate")
    lines = [json.loads(line) for line in unpacked(tmp_path / "b.jsonl.zst").splitlines()]
    assert [line["url"] for line in lines] == [record["url"] for record in records[:9]]
    assert "Home" not in lines[1]["text"]
    assert summary["without_text"] == 10
    for line, record in zip(lines, records, strict=False):
        assert bool(line["despin"]["edits"]) == (record["id"] % 3 == 0)
        assert record["text"].split()[-1] in line["text"] or record["id"] % 3 == 0


def test_folder_of_texts(records: Records, clean: Clean, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    (source / "deep" / "er").mkdir(parents=True)
    for record in records:
        place = source / ("deep/er" if record["id"] % 2 else "") / f"{record['id']}.txt"
        place.write_bytes(record["text"].replace("\n", "\r\n").encode("utf-8-sig"))
    (source / "empty.txt").touch()
    (source / "picture.png").write_bytes(b"\x89PNG")
    (source / ".hidden.txt").write_text("hidden", "utf-8")
    summary = clean(source, "-o", f"{target}/", workers=2)
    made = sorted(path.relative_to(target) for path in target.rglob("*") if path.is_file())
    assert made == sorted(p.relative_to(source) for p in source.rglob("*.txt") if not p.name.startswith("."))
    assert summary["skipped_files"] == 1
    assert summary["changed"] == 20
    for record in records:
        place = target / ("deep/er" if record["id"] % 2 else "") / f"{record['id']}.txt"
        text = "\ufeff" + record["text"].replace("\n", "\r\n")
        assert place.read_bytes().decode() == "\ufeff" + despin.repair(text[1:])


def test_folder_of_tables_and_lines(records: Records, clean: Clean, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.csv").write_bytes(csv_bytes(records))
    write_jsonl(source / "b.jsonl", records)
    (source / "c.jsonl.gz").write_bytes(gzip.compress((source / "b.jsonl").read_bytes()))
    clean(source, "-o", target, "--block-size", "8k")
    plain = (target / "b.jsonl").read_bytes()
    assert gzip.decompress((target / "c.jsonl.gz").read_bytes()) == plain
    assert [record["text"] for record in read_jsonl(target / "b.jsonl")] == repaired(records)
    with (target / "a.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["text"] for row in csv.DictReader(lines)] == repaired(records)


ENCODINGS = [
    ("latin-1", "latin-1"),
    ("cp1252", "cp1252"),
    ("cp1252", "auto"),
    ("utf-16", "auto"),
    ("utf-8-sig", "auto"),
]


@pytest.mark.parametrize(("written", "told"), ENCODINGS)
def test_encodings_of_texts_stay(written: str, told: str, spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    text = (spun_texts[0].encode("latin-1", "ignore").decode("latin-1") + " Café.").replace("stated", "stated", 1)
    (tmp_path / "a.txt").write_bytes(text.encode(written))
    summary = clean(tmp_path / "a.txt", "-o", tmp_path / "b.txt", "--encoding", told)
    made = (tmp_path / "b.txt").read_bytes().decode(written)
    assert summary["changed"] == 1
    assert made.endswith(" Café.")
    assert " said " in made


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_encodings_of_records_stay(suffix: str, spun_texts: list[str], clean: Clean, tmp_path: Path) -> None:
    text = spun_texts[0].encode("latin-1", "ignore").decode("latin-1").replace("\n", " ") + " Café."
    maker = MAKERS[suffix]
    data = maker([{"id": 1, "url": "", "text": text}]).decode().removeprefix("\ufeff").encode("latin-1")
    (tmp_path / f"a{suffix}").write_bytes(data)
    summary = clean(tmp_path / f"a{suffix}", "-o", tmp_path / f"b{suffix}", "--encoding", "latin-1")
    made = (tmp_path / f"b{suffix}").read_bytes().decode("latin-1")
    assert summary["changed"] == 1
    assert "Caf\xe9." in made
    assert " said " in made
