"""JSON Lines: a line changes only where its text does; all other lines stay as they are, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from despin.formats.base import Block, Format, Layout, Position, Record, Reject, Source, Treated
from despin.formats.encoding import decode, describe
from despin.formats.grouping import group_of
from despin.formats.jsonspan import splice_string, value_span
from despin.formats.lines import BOM, cut_blocks, cut_lines, split_lines
from despin.jsontext import dumps

__all__ = ["JsonLines"]


class _Number(str):
    """A JSON number as it is written: never converted, so never too long, and told from a string."""

    __slots__ = ()


class JsonLines(Format):
    """One JSON object a line."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson", ".jsonlines")
    unit = "line"

    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """Nothing can be told before the lines are read."""

    def blocks(self, source: Source, layout: Layout, start: Position) -> Iterator[Block]:
        """Cut a source at line ends."""
        return cut_blocks(source, layout, start, cut_lines)

    def parse(self, block: Block, layout: Layout) -> Iterator[Record | Reject]:
        """The lines of a block; blank ones have no text."""
        offset = block.start.offset
        for number, raw in enumerate(split_lines(block.data), block.start.record + 1):
            if offset == 0 and raw.startswith(BOM) and not block.opens:
                raw = raw[len(BOM) :]  # in the middle of an output it would be part of a line
                offset = len(BOM)
            yield _line(raw, number, offset, layout)
            offset += len(raw)

    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """The lines again."""
        return [_written(record, treated) for record, treated in kept]


def _line(raw: bytes, number: int, offset: int, layout: Layout) -> Record | Reject:
    mark = BOM if raw.startswith(BOM) else b""
    body = raw[len(mark) :].strip(b" \t\r\n")
    if not body:
        return Record(number, f"line {number}", raw)
    try:
        text, encoding = decode(body, layout.encoding)
        document = json.loads(text, parse_int=_Number, parse_float=_Number)
    except UnicodeDecodeError as error:
        return Reject(number, offset, describe(error, layout.encoding), raw, len(raw))
    except json.JSONDecodeError as error:
        return Reject(number, offset, f"is not JSON: {error.msg} (column {error.colno})", raw, len(raw))
    except RecursionError:
        return Reject(number, offset, "is nested too deeply", raw, len(raw))
    if not isinstance(document, dict):
        return Reject(number, offset, f"is {_kind(document)}, not an object", raw, len(raw))
    texts, paths, missing = [], [], True
    for path in layout.fields:
        there, value = _get(document, path)
        missing = missing and not there
        if type(value) is str:
            texts.append(value)
            paths.append(path)
        elif value is not None:
            reason = f"field {'.'.join(path)} is {_kind(value)}, not a string"
            return Reject(number, offset, reason, raw, len(raw))
    group = ""
    if layout.group:
        group = group_of(_get(document, layout.group)[1], layout.domain)
    keys = tuple(document) if missing else ()
    detail = (text, encoding, paths, "despin" in document)
    return Record(number, f"line {number}", raw, tuple(texts), group, layout.content, missing, keys, detail=detail)


def _get(document: Any, path: Sequence[str]) -> tuple[bool, Any]:
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return False, None
        document = document[name]
    return True, document


def _kind(value: object) -> str:
    if isinstance(value, _Number | float):
        return "a number"
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def _written(record: Record, treated: Treated) -> bytes:
    if not record.texts:
        return record.raw
    text, encoding, paths, annotated = record.detail
    changes: list[tuple[int, int, str]] = []
    for path, old, new, edits in zip(paths, record.texts, treated.texts, treated.edits, strict=True):
        if new is not old:
            start, end = value_span(text, path)
            changes.append((start, end, splice_string(text[start:end], edits, new, encoding != "utf-8")))
    if treated.annotation is not None:
        value = dumps(treated.annotation) if encoding == "utf-8" else json.dumps(treated.annotation)
        if annotated:
            changes.append((*value_span(text, ("despin",)), value))
        else:
            changes.append((len(text) - 1, len(text) - 1, f', "despin": {value}'))
    if not changes:
        return record.raw
    for start, end, value in sorted(changes, reverse=True):
        text = text[:start] + value + text[end:]
    body: bytes = text.encode(encoding)
    # blanks and the line end around the object stay
    before = record.raw.index(b"{")
    after = record.raw.rindex(b"}") + 1
    return record.raw[:before] + body + record.raw[after:]
