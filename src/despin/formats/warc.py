"""Web archives: pages and extracted texts repaired where they stand, or articles taken out of them as JSON Lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from despin.errors import InputError, MissingExtraError
from despin.formats.base import Block, Format, Layout, Position, Record, Reject, Source, Treated
from despin.formats.encoding import decode_file
from despin.formats.grouping import group_of
from despin.formats.jsonl import JsonLines
from despin.formats.lines import KEPT_RAW, cut_blocks
from despin.formats.text import check_content
from despin.jsontext import dumps

__all__ = ["Warc", "WarcArticles"]

_RECORD = re.compile(rb"\n(?=WARC/[01]\.\d)")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_LONGEST_HEADER = 1 << 16
_HTML = ("text/html", "application/xhtml+xml")
_ENCODED = ("Content-Encoding", "Transfer-Encoding")


def _cut(data: bytes, at_end: bool) -> tuple[list[int], int]:
    """Ends of the complete records."""
    ends: list[int] = []
    at = 0
    while data.startswith(b"WARC/", at):
        header = data.find(b"\r\n\r\n", at, at + _LONGEST_HEADER)
        length = _LENGTH.search(data, at, header + 2) if header >= 0 else None
        if length is None:
            break
        end = header + 4 + int(length[1])
        if data.startswith(b"\r\n\r\n", end):
            end += 4
        elif not at_end or end > len(data):
            break
        ends.append(end)
        at = end
    return ends, len(ends)


class Warc(Format):
    """WARC in, WARC out: HTML of responses and the texts of WET files are repaired, all else stays."""

    name = "warc"
    suffixes: tuple[str, ...] = (".warc", ".wet")
    unit = "record"
    each_piece = True
    annotates = False

    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """Whether the packages are there."""
        _fastwarc()

    def blocks(self, source: Source, layout: Layout, start: Position) -> Iterator[Block]:
        """Cut a source where records end."""
        return cut_blocks(source, layout, start, _cut, resume=_RECORD, unended="is no WARC record, or is cut off")

    def parse(self, block: Block, layout: Layout) -> Iterator[Record | Reject]:
        """The records of a block; those without repairable text have none."""
        begin = 0
        for number, end in enumerate(block.ends, block.start.record + 1):
            raw, offset = block.data[begin:end], block.start.offset + begin
            begin = end
            try:
                yield self._record(raw, number, layout)
            except (OSError, ValueError, LookupError, InputError) as error:
                yield Reject(number, offset, f"cannot be parsed: {error}", raw[:KEPT_RAW], len(raw))

    def _record(self, raw: bytes, number: int, layout: Layout) -> Record:
        item = _parsed(raw)
        place = item.headers.get("WARC-Target-URI") or f"record {number}"
        content = _content_of(item)
        if not content:
            return Record(number, place, raw)
        check_content(content)
        mark, text, encoding = decode_file(_body(item, layout), item.http_charset or "auto")
        group = _group(item, layout)
        return Record(number, place, raw, (text,) if text else (), group, content, encoding=encoding, detail=mark)

    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """The records again; one whose text changed gets new lengths and digests, and its body uncompressed."""
        return [
            _rewritten(record, treated) if record.texts and treated.texts[0] is not record.texts[0] else record.raw
            for record, treated in kept
        ]


class WarcArticles(Warc):
    """WARC in, JSON Lines out: the article of each page, or the text of each WET record, repaired."""

    name = "warc-articles"
    suffixes = ()
    each_piece = False
    annotates = True

    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """Whether the packages are there."""
        _fastwarc()
        _extractor()

    def _record(self, raw: bytes, number: int, layout: Layout) -> Record:
        item = _parsed(raw)
        headers = item.headers
        address = headers.get("WARC-Target-URI") or ""
        place = address or f"record {number}"
        content = _content_of(item)
        status = item.http_headers.status_code if item.is_http_parsed else 200
        body = _body(item, layout) if content and status == 200 else b""
        if not body:
            return Record(number, place, b"")
        _mark, text, _encoding = decode_file(body, item.http_charset or "auto")
        about = {"url": address, "date": headers.get("WARC-Date"), "id": headers.get("WARC-Record-ID")}
        if content == "html":
            text = _extractor()(text, main_content=True, alt_texts=False)
        return Record(number, place, b"", (text,) if text else (), _group(item, layout), detail=about)

    def writes(self, record: Record) -> bool:
        """Only what has an article."""
        return bool(record.texts)

    def count(self, spool: Path, layout: Layout) -> int:
        """Lines of the output."""
        return JsonLines().count(spool, layout)

    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """A line an article."""
        lines = []
        for record, treated in kept:
            if record.texts:
                article = {**record.detail, "text": treated.texts[0]}
                if treated.annotation is not None:
                    article["despin"] = treated.annotation
                lines.append(dumps(article).encode() + b"\n")
        return lines


def _fastwarc() -> Any:
    try:
        from fastwarc import warc
    except ImportError:
        raise MissingExtraError("Reading WARC files", "fastwarc", "data") from None
    return warc


def _extractor() -> Any:
    try:
        from resiliparse.extract.html2text import extract_plain_text
    except ImportError:
        raise MissingExtraError("Taking articles out of web pages", "resiliparse", "feeds") from None
    return extract_plain_text


def _parsed(raw: bytes) -> Any:
    items = _fastwarc().ArchiveIterator(BytesIO(raw), auto_decode="all", stream_detect=False)
    item = next(iter(items), None)
    if item is None:
        raise InputError("no WARC record")
    return item


def _body(item: Any, layout: Layout) -> bytes:
    """The decoded body; it may be as long as a record, no matter how well it was compressed."""
    body: bytes = item.reader.read(layout.max_record + 1)
    if len(body) > layout.max_record:
        raise InputError(f"its body expands to more than {layout.max_record:,} bytes; raise --max-record")
    return body


def _group(item: Any, layout: Layout) -> str:
    """The group that the address or another header of a record names."""
    if not layout.group:
        return ""
    return group_of(item.headers.get("WARC-Target-URI" if layout.domain else ".".join(layout.group)), layout.domain)


def _content_of(item: Any) -> str:
    """What a record's body is, if it can be repaired: ``html`` or ``text``."""
    kind = (item.headers.get("WARC-Type") or "").lower()
    if kind == "response" and item.is_http_parsed:
        return "html" if (item.http_content_type or "").lower() in _HTML else ""
    if kind in ("conversion", "resource"):
        declared = (item.headers.get("Content-Type") or "").split(";")[0].strip().lower()
        return "html" if declared in _HTML else "text" if declared == "text/plain" else ""
    return ""


def _rewritten(record: Record, treated: Treated) -> bytes:
    """The record with a new body: decoded (its encodings are kept under other names), lengths and digests computed."""
    item = _parsed(record.raw)
    item.reader.read()
    body = record.detail + treated.texts[0].encode(record.encoding)
    if item.is_http_parsed:
        http = item.http_headers
        for name in _ENCODED:
            if (value := http.get(name)) is not None:
                http.remove(name)
                http.set(f"X-Archive-Orig-{name}", value)
        if http.get("Content-Length") is not None:
            http.set("Content-Length", str(len(body)))
        item.set_bytes_payload(body)
    else:
        item.set_bytes_content(body)
    out = BytesIO()
    item.write(out, checksum_data=True)
    return out.getvalue()
