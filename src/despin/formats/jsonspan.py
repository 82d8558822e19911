"""Where a value stands in JSON text, and new strings put there without touching anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from despin.jsontext import dumps
from despin.report import Edit

__all__ = ["splice_string", "value_span"]

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRUCTURE = re.compile(rf"{_STRING.pattern}|[{{}}\[\]]", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\s]+")
_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.",
)


def value_span(text: str, path: Sequence[str]) -> tuple[int, int]:
    """Offsets of the value at a path of keys, in valid JSON that has it. Of a key that comes twice the last counts,
    as in `json.loads`.

    Raises:
        KeyError: It has no such value.

    >>> value_span('{"a": {"b": [1, "}"], "b": "x"}}', ["a", "b"])
    (27, 30)
    """
    at = _space(text, 0)
    for name in path:
        at = _member(text, at, name)
    return at, _value_end(text, at)


def _member(text: str, at: int, name: str) -> int:
    """Where the value of a key begins in the object that begins at `at`."""
    if text[at] != "{":
        raise KeyError(name)
    found = -1
    at = _space(text, at + 1)
    while text[at] == '"':
        end = _string_end(text, at)
        key = text[at + 1 : end - 1]
        value = _space(text, _space(text, end) + 1)
        if (json.loads(f'"{key}"', strict=False) if "\\" in key else key) == name:
            found = value
        at = _space(text, _value_end(text, value))
        if text[at] == ",":
            at = _space(text, at + 1)
    if found < 0:
        raise KeyError(name)
    return found


def _value_end(text: str, at: int) -> int:
    if text[at] == '"':
        return _string_end(text, at)
    if text[at] not in "{[":
        return _end(_SCALAR.match(text, at))
    depth = 0
    for part in _STRUCTURE.finditer(text, at):
        if part[0] in "{[":
            depth += 1
        elif part[0] in "}]":
            depth -= 1
            if not depth:
                return part.end()
    raise KeyError("the end of a value")


def _space(text: str, at: int) -> int:
    return _end(_SPACE.match(text, at))


def _string_end(text: str, at: int) -> int:
    return _end(_STRING.match(text, at))


def _end(match: re.Match[str] | None) -> int:
    if match is None:
        raise KeyError("a value")
    return match.end()


def splice_string(literal: str, edits: Sequence[Edit] | None, new: str, escape: bool = False) -> str:
    r"""A JSON string literal after edits of the text that it stands for; escapes outside the edits stay as they are.

    Args:
        literal: With its quotation marks.
        edits: Offsets in the text; None: all of it becomes `new`.
        escape: Whether what is put in must be ASCII; it is in any case where the literal itself escapes.

    >>> splice_string(r'"he \u201cstated\u201d \/"', [Edit(4, 10, "stated", "said", 0.9)], "he “said” /")
    '"he \\u201csaid\\u201d \\/"'
    """
    escape = escape or "\\u" in literal
    if edits is None:
        return _encode(new, escape)
    inner = literal[1:-1]
    bounds = list(_raw_offsets(inner, [offset for edit in edits for offset in (edit.start, edit.end)]))
    pieces = ['"']
    last = 0
    for number, edit in enumerate(edits):
        start, end = bounds[2 * number], bounds[2 * number + 1]
        pieces += (inner[last:start], _encode(edit.after, escape)[1:-1])
        last = end
    return "".join([*pieces, inner[last:], '"'])


def _encode(text: str, escape: bool) -> str:
    return json.dumps(text) if escape else dumps(text)


def _raw_offsets(inner: str, offsets: Iterable[int]) -> Iterable[int]:
    """Offsets of the text, sorted, as offsets of the literal it is written as."""
    escapes = _ESCAPE.finditer(inner)
    escape = next(escapes, None)
    raw = plain = 0  # both behind the last escape that was passed
    for offset in offsets:
        while escape is not None and plain + escape.start() - raw < offset:
            plain += escape.start() - raw + 1
            raw = escape.end()
            escape = next(escapes, None)
        yield raw + offset - plain
