"""Comma- and tab-separated tables with a header; fields that do not change keep their quotation marks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

from despin.errors import InputError
from despin.formats.base import Block, Format, Layout, Position, Record, Reject, Source, Treated
from despin.formats.compression import ByteSource, DamageError, compression_of
from despin.formats.encoding import decode, describe
from despin.formats.grouping import group_of
from despin.formats.lines import BOM, cut_blocks, refuse_wide
from despin.jsontext import dumps

__all__ = ["Table"]

_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 1 << 20
_OPEN_QUOTE = "has a quotation mark that is never closed"


class _Header(NamedTuple):
    delimiter: str
    names: tuple[str, ...]
    raw: bytes


class _Patterns(NamedTuple):
    row: re.Pattern[bytes]  # with its end
    rest: re.Pattern[bytes]  # or up to the end of the source
    field: re.Pattern[str]


@cache
def _patterns(delimiter: str) -> _Patterns:
    d = re.escape(delimiter)
    # after the closing quotation mark anything up to the next delimiter is taken too, as the csv module does
    field = rf'(?:"[^"]*+(?:""[^"]*+)*+"[^{d}\r\n]*+|(?!")[^{d}\r\n]*+)'
    row = rf"{field}(?:{d}{field})*+"
    return _Patterns(
        re.compile(rf"{row}(?:\r\n|\n|\r(?!\Z))".encode()),
        re.compile(rf"{row}(?:\r\n|\n|\r|\Z)".encode()),
        re.compile(field),
    )


class Table(Format):
    """Rows under a header."""

    name = "csv"
    suffixes = (".csv", ".tsv", ".tab")
    unit = "row"

    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """All headers of one output are equal.

        Raises:
            InputError: They are not, or a field is missing.
        """
        headers = [(source, _read_header(source, layout)) for source in sources]
        there = [(source, header) for source, header in headers if header is not None]
        for source, header in there:
            if header[:2] != there[0][1][:2]:
                raise InputError(f"{source.name}: its header differs from that of {there[0][0].name}")

    def blocks(self, source: Source, layout: Layout, start: Position) -> Iterator[Block]:
        """Cut a source where rows end; the header belongs to no block."""
        header = _read_header(source, layout)
        patterns = _patterns(header.delimiter if header else ",")

        def cut(data: bytes, at_end: bool) -> tuple[list[int], int]:
            ends: list[int] = []
            at, pattern = 0, patterns.rest if at_end else patterns.row
            while at < len(data) and (found := pattern.match(data, at)):
                at = found.end()
                ends.append(at)
            return ends, len(ends)

        for block in cut_blocks(
            source, layout, start, cut, unended=_OPEN_QUOTE, begin=len(header.raw) if header else 0
        ):
            block.context = header
            yield block

    def parse(self, block: Block, layout: Layout) -> Iterator[Record | Reject]:
        """The rows of a block; blank ones have no text."""
        begin = 0
        for number, end in enumerate(block.ends, block.start.record + 1):
            yield _row(block.data[begin:end], number, block.start.offset + begin, block.context, layout)
            begin = end

    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """The rows again, under the header if the output begins with them."""
        header: _Header | None = block.context
        if header is None:
            return []
        rows = [_written(record, treated, header, layout.annotate) for record, treated in kept]
        return [_header_row(header, layout.annotate), *rows] if block.opens else rows


def _read_header(source: Source, layout: Layout) -> _Header | None:
    """The header of a table; None where the file is empty.

    Raises:
        InputError: It has none that can be read, or it lacks a field.
    """
    raw = bytearray()
    with ByteSource(source.path, layout.max_ratio) as stream, suppress(DamageError):
        for chunk in stream.chunks():
            raw += chunk
            if len(raw) > _LONGEST_HEADER:
                break
    data = bytes(raw[:_LONGEST_HEADER])
    if not data:
        return None
    refuse_wide(data)
    name = source.path.with_suffix("") if compression_of(source.path) else source.path
    usual = "\t" if name.suffix.lower() in (".tsv", ".tab") else ","
    wanted = [".".join(path) for path in layout.fields] + ([".".join(layout.group)] if layout.group else [])
    tried = [layout.delimiter] if layout.delimiter else [usual, *(d for d in _DELIMITERS if d != usual)]
    seen: list[_Header] = [header for d in tried if (header := _header(data, d, layout)) is not None]
    for header in seen:
        if all(name in header.names for name in wanted):
            return header
    columns = ", ".join(max(seen, key=lambda header: len(header.names)).names) if seen else "none"
    missing = ", ".join(name for name in wanted if not any(name in header.names for header in seen))
    raise InputError(f"{source.name}: no column {missing or ', '.join(wanted)}; its columns: {columns}")


def _header(data: bytes, delimiter: str, layout: Layout) -> _Header | None:
    found = _patterns(delimiter).rest.match(data)
    if found is None or not found[0]:
        return None
    try:
        text, _encoding = decode(found[0].removeprefix(BOM), layout.encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"its header {describe(error, layout.encoding)}") from None
    fields, _end = _split(text, delimiter)
    return _Header(delimiter, tuple(_value(field).strip() for field in fields), found[0])


def _split(text: str, delimiter: str) -> tuple[list[str], str]:
    """The fields of a row as they stand, and its line end."""
    row = text.rstrip("\r\n")  # a quoted field that ends in a line break ends in a quotation mark
    pattern = _patterns(delimiter).field
    fields = []
    at = 0
    while found := pattern.match(row, at):
        fields.append(found[0])
        at = found.end() + 1
        if found.end() >= len(row):
            break
    return fields, text[len(row) :]


def _value(field: str) -> str:
    if not field.startswith('"'):
        return field
    end = field.rindex('"')
    return field[1:end].replace('""', '"') + field[end + 1 :]


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _row(raw: bytes, number: int, offset: int, header: _Header, layout: Layout) -> Record | Reject:
    place = f"row {number}"
    if not raw.strip(b"\r\n"):
        return Record(number, place, raw)
    try:
        text, encoding = decode(raw, layout.encoding)
    except UnicodeDecodeError as error:
        return Reject(number, offset, describe(error, layout.encoding), raw, len(raw))
    fields, ending = _split(text, header.delimiter)
    if len(fields) != len(header.names):
        reason = f"has {len(fields)} fields where the header has {len(header.names)}"
        return Reject(number, offset, reason, raw, len(raw))
    columns = [header.names.index(".".join(path)) for path in layout.fields]
    texts = tuple(_value(fields[column]) for column in columns)
    group = ""
    if layout.group:
        group = group_of(_value(fields[header.names.index(".".join(layout.group))]), layout.domain)
    detail = (fields, ending, encoding, columns)
    return Record(number, place, raw, texts, group, layout.content, encoding=encoding, detail=detail)


def _written(record: Record, treated: Treated, header: _Header, annotate: bool) -> bytes:
    if not record.texts:
        return record.raw
    fields, ending, encoding, columns = record.detail
    changed = False
    for column, old, new in zip(columns, record.texts, treated.texts, strict=True):
        if new is not old:
            changed = True
            unsafe = fields[column].startswith('"') or new.startswith('"') or _needs_quotes(new, header.delimiter)
            fields[column] = _quoted(new) if unsafe else new
    if annotate:
        changed = True
        note = _quoted(_note(treated.annotation, encoding)) if treated.annotation is not None else ""
        if "despin" in header.names:
            fields[header.names.index("despin")] = note
        else:
            fields.append(note)
    if not changed:
        return record.raw
    row: str = header.delimiter.join(fields) + ending
    return row.encode(encoding)


def _note(annotation: dict[str, Any], encoding: str) -> str:
    return dumps(annotation) if encoding == "utf-8" else json.dumps(annotation)


def _needs_quotes(value: str, delimiter: str) -> bool:
    return any(mark in value for mark in (delimiter, "\r", "\n"))


def _header_row(header: _Header, annotate: bool) -> bytes:
    if not annotate or "despin" in header.names:
        return header.raw
    line = header.raw.rstrip(b"\r\n")
    return line + header.delimiter.encode() + b"despin" + header.raw[len(line) :]
