"""Targets: each takes any bytes and fails only where despin breaks a promise.

What the promises are stands in each function: errors of the right kind with a message, offsets that fit, bytes outside
the edits untouched. A target holds no state between calls, so a finding is a file.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from despin import Config, DictionaryError, ModelError, Repairer, Report, Row
from despin.channel.rows import read_lines
from despin.decode._scan import Scan
from despin.errors import InputError
from despin.feeds import repair_feed
from despin.formats import get_format
from despin.formats.base import Block, Layout, Position, Record, Reject, Source, Treated
from despin.lexicon.files import read_file
from despin.lexicon.importing import FORMATS, decode, read, to_rows
from despin.lexicon.vocabulary import Vocabulary
from despin.markup.html import repair_html
from despin.markup.markdown import repair_markdown
from despin.model.container import Container
from despin.report import Edit
from tests.fuzz.sections import sections
from tests.markup.phrases import Phrases
from tests.reference import scan as reference_scan

__all__ = ["TARGETS", "Target", "check"]

Target = Callable[[bytes], None]

_LONGEST = 1 << 14
_HEAD = struct.Struct("<6sHII")


@cache
def _folder() -> Path:
    """Where inputs lie that must be files."""
    path = Path(tempfile.mkdtemp(prefix="despin-fuzz-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def _text(data: bytes) -> str:
    """Any `str`, lone surrogates among them; UTF-8 stays what it is, so that corpora can be read."""
    return data[:_LONGEST].decode("utf-8", "surrogateescape")


def check(text: str, report: Report) -> None:
    """What holds for every report."""
    end = 0
    for edit in (*report.edits,):
        assert end <= edit.start < edit.end <= len(text), edit
        assert text[edit.start : edit.end] == edit.before != edit.after, edit
        assert 0 <= edit.confidence <= 1, edit
        assert edit.rule
        end = edit.end
    repaired = report.apply()
    assert report.revert(repaired) == text
    assert report.apply(lambda edit: False) is text
    assert 0 <= report.spin <= 1
    assert 0 <= report.rate <= 1
    json.loads(report.to_json())


@cache
def _eager() -> Repairer:
    return Repairer(config=Config.of("eager"))


def core(data: bytes) -> None:
    """The compiled core through `Repairer.inspect`; the first byte says whether the text is known to be spun."""
    spun = (None, True, False)[data[0] % 3] if data else None
    text = _text(data[1:])
    report = _eager().inspect(text, spun=spun)
    assert report.text == text
    check(text, report)
    assert _eager().inspect(text, spun=spun) == report


def scan(data: bytes) -> None:
    """The compiled scanner against the one in plain Python, whose branches guide the fuzzer."""
    text = _text(data)
    expected = reference_scan.scan(text)
    found = Scan(text)
    spans = memoryview(found.spans()).cast("B").cast("q").tolist()
    assert spans == [offset for token in expected for offset in (token.start, token.end)]
    assert memoryview(found.flags()).cast("B").cast("I").tolist() == [token.flags for token in expected]
    assert memoryview(found.hashes()).cast("B").cast("Q").tolist() == [token.hash for token in expected]


def model(data: bytes) -> None:
    """The model file as it is, and with checksums that fit, so that what lies behind them is reached."""
    for content in (data, _with_checksums(data)):
        try:
            container = Container(_file("fuzz.despin", content))
        except ModelError as error:
            assert "fuzz.despin" in str(error)
            continue
        for name in container.names():
            assert len(container.section(name)) >= 0
        try:
            container.section("no such section")
        except ModelError:
            pass
        else:
            assert "no such section" in container


def _with_checksums(data: bytes) -> bytes:
    if len(data) < _HEAD.size:
        return data
    magic, version, length, _crc = _HEAD.unpack_from(data)
    length = min(length, len(data) - _HEAD.size)
    header = data[_HEAD.size : _HEAD.size + length]
    return _HEAD.pack(magic, version, length, zlib.crc32(header)) + data[_HEAD.size :]


def rows(data: bytes) -> None:
    """Dictionary files: rows or named lines; the canonical form is read back as the same rows."""
    path = _file("fuzz.tsv", data)
    try:
        lines = list(read_lines(path))
        file = read_file(path)
    except DictionaryError as error:
        assert str(error).startswith("fuzz.tsv")
        return
    good = [row for _line, row in lines if isinstance(row, Row)]
    assert [row for _line, row in file.rows] == good
    assert len(lines) == len(good) + len(file.problems)
    if good and not file.problems:
        again = read_file(_file("again.tsv", file.canonical().encode()))
        assert not again.problems, again.problems
        assert {_rounded(row) for _line, row in again.rows} == {_rounded(row) for row in good}


def _rounded(row: Row) -> Row:
    """A weight is written with six digits."""
    return replace(row, weight=float(f"{row.weight:g}"))


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary()


def lexicon(data: bytes) -> None:
    """Imports of foreign dictionaries; what is imported is a row that could be written and read."""
    if not data:
        return
    name = FORMATS[data[0] % len(FORMATS)]
    try:
        items = list(read(decode(data[1:_LONGEST], "fuzz"), name))
    except DictionaryError:
        return
    found = to_rows(items, Row("a", "b", "phrase", "news"), _vocabulary())
    assert list(found.summary())
    for row in found.rows:
        assert row.spun == " ".join(row.spun.split())
        assert not set("\t\n\r") & set(row.spun + row.original + row.note)


def jsonl(data: bytes) -> None:
    """JSON Lines."""
    _records("jsonl", "fuzz.jsonl", data)


def table(data: bytes) -> None:
    """CSV and TSV; the first byte chooses."""
    _records("csv", "fuzz.tsv" if data[:1] > b"\x7f" else "fuzz.csv", data[1:])


def warc(data: bytes) -> None:
    """Web archives."""
    _records("warc", "fuzz.warc", data)


def articles(data: bytes) -> None:
    """Web archives whose articles are taken out; no output is compared, as it is another format."""
    _read("warc-articles", _file("fuzz.warc", data), 1 << 20)


def compressed(data: bytes) -> None:
    """Gzip and zstd: damage is a reject, never an exception."""
    name = "fuzz.jsonl.zst" if data[:1] > b"\x7f" else "fuzz.jsonl.gz"
    _read("jsonl", _file(name, data[1:]), 1 << 20)


def _blocks(kind: str, path: Path, size: int) -> list[Block]:
    source = Source(0, path, path.name, kind, 0)
    layout = Layout(block_size=size, max_record=1 << 16)
    form = get_format(kind)
    form.check([source], layout)
    return list(form.blocks(source, layout, Position()))


def _read(kind: str, path: Path, size: int) -> list[tuple[Block, list[Record | Reject]]] | None:
    """Blocks with their records; None where the file as a whole is refused."""
    try:
        blocks = _blocks(kind, path, size)
    except InputError as error:
        assert str(error)
        return None
    layout = Layout(block_size=size, max_record=1 << 16)
    return [(block, [*get_format(kind).parse(block, layout)]) for block in blocks]


def _records(kind: str, name: str, data: bytes) -> None:
    """What holds for every format: records that nothing changes come out as they are, others only where they change."""
    path = _file(name, data)
    whole, parts = _read(kind, path, 1 << 20), _read(kind, path, 64)
    assert (whole is None) == (parts is None)
    if whole is None or parts is None:
        return
    assert _texts(whole) == _texts(parts)
    layout = Layout(block_size=1 << 20, max_record=1 << 16)
    form = get_format(kind)
    for block, found in whole:
        records = [item for item in found if isinstance(item, Record)]
        for item in found:
            assert isinstance(item, Record) or item.reason
        same = [(record, _same(record)) for record in records]
        plain = b"".join(form.assemble(block, same, layout))
        assert all(record.raw in plain for record in records)
    if kind in ("jsonl", "csv"):
        _rewrite(kind, path, whole, layout)


def _texts(found: list[tuple[Block, list[Record | Reject]]]) -> list[tuple[str, ...]]:
    return [item.texts for _block, items in found for item in items if isinstance(item, Record)]


def _same(record: Record) -> Treated:
    return Treated(record.texts, tuple(() for _ in record.texts), Report("\n\n".join(record.texts)))


def _rewrite(kind: str, path: Path, found: list[tuple[Block, list[Record | Reject]]], layout: Layout) -> None:
    """Texts that change are read back as what they were changed to."""
    form = get_format(kind)
    output, wanted = b"", []
    for block, items in found:
        kept = []
        for item in items:
            if isinstance(item, Record):
                treated = _swapped(item)
                kept.append((item, treated))
                wanted.append(treated.texts)
        output += b"".join(form.assemble(block, kept, layout))
    path.write_bytes(output)
    again = _read(kind, path, 1 << 20)
    if again is None:  # an output of no records is no table
        assert not any(wanted)
        return
    # blank rows are not compared: once a reject is gone, the line feed of one may follow a lone carriage return
    assert [*filter(None, _texts(again))] == [*filter(None, wanted)]


def _swapped(record: Record) -> Treated:
    """Every "a" becomes other letters, a quotation mark and a delimiter among them."""
    texts, edits = [], []
    for text in record.texts:
        made = [Edit(m.start(), m.end(), "a", 'é",x', 0.9, (), "fuzz") for m in re.finditer("a", text)]
        edits.append(tuple(made))
        texts.append(Report(text, tuple(made)).apply())
    return Treated(tuple(texts), tuple(edits), Report("\n\n".join(record.texts)))


def feed(data: bytes) -> None:
    """Feeds; a repaired one is a feed again, with the same number of items."""
    try:
        result = repair_feed(data, Phrases())
    except InputError as error:
        assert str(error)
        return
    if not any(entry.report.edits for entry in result.entries):
        assert result.data is data
        return
    again = repair_feed(result.data, Phrases())
    assert again.kind == result.kind


def html(data: bytes) -> None:
    """Pages: edits fit the source and can be undone."""
    text = _text(data)
    result = repair_html(text, Phrases())
    check(text, result.report)
    assert result.text == result.report.apply()


def markdown(data: bytes) -> None:
    """Markdown: the same."""
    text = _text(data)
    result = repair_markdown(text, Phrases())
    check(text, result.report)
    assert result.text == result.report.apply()


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        core,
        scan,
        model,
        sections,
        rows,
        lexicon,
        jsonl,
        table,
        warc,
        articles,
        compressed,
        feed,
        html,
        markdown,
    )
}
