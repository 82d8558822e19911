"""Dictionary rows: reading them from TSV files, checking each, and saying what is wrong where.

A file is UTF-8 text: comment lines (``# family: news``, ``# pos: verb``, sources, licence), one line of column names,
then one row a line. `family` and `pos` may be columns or stand in the comments.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from despin.channel.context import parse_context
from despin.errors import DictionaryError
from despin.model.blocks import pack_lines

__all__ = [
    "FAMILIES",
    "PARTS_OF_SPEECH",
    "ROWS_IN_BLOCK",
    "Row",
    "pack_rows",
    "parse_rows",
    "read_folder",
    "read_lines",
    "read_rows",
    "unpack_row",
]

FAMILIES = ("any", "news", "bookmark", "casino", "growtobe", "spinbot", "academic", "user")
PARTS_OF_SPEECH = ("verb", "noun", "adjective", "adverb", "phrase")
_COLUMNS = ("spun", "original", "pos", "family", "weight", "context", "note")
_MAX_WORDS = 8
# The model file keeps rows in compressed blocks: only `explain` and reports ask for one.
ROWS_IN_BLOCK = 128


@dataclass(frozen=True, slots=True)
class Row:
    """One fact about a spinner: in `family`, `original` becomes `spun` with probability `weight`.

    Attributes:
        spun, original: Base forms; an empty `original` means that the spinner inserts `spun`.
        pos: One of `PARTS_OF_SPEECH`; decides how both sides are inflected (``phrase``: not at all).
        weight: P(spun | original), above 0, at most 1.
        context: Condition on the neighbouring tokens (see `despin.channel.context`), or empty.
    """

    spun: str
    original: str
    pos: str = "phrase"
    family: str = "user"
    weight: float = 0.3
    context: str = ""
    note: str = ""

    def __str__(self) -> str:
        condition = f" [{self.context}]" if self.context else ""
        return f"{self.family} {self.pos}: {self.spun} -> {self.original or '(nothing)'}{condition}"


def pack_rows(rows: Sequence[Row]) -> list[bytes]:
    """Rows as the model file keeps them: compressed blocks of `ROWS_IN_BLOCK` rows."""
    lines = [
        "\t".join((row.spun, row.original, row.pos, row.family, f"{row.weight:g}", row.context, row.note))
        for row in rows
    ]
    blocks = [lines[at : at + ROWS_IN_BLOCK] for at in range(0, len(lines), ROWS_IN_BLOCK)]
    return [pack_lines(block) for block in blocks]


def unpack_row(line: str) -> Row:
    """A row from a line of an unpacked block.

    Raises:
        ValueError: It is no such line.
    """
    spun, original, pos, family, weight, context, note = line.split("\t")
    return Row(spun, original, pos, family, float(weight), context, note)


def _check(row: Row, where: str) -> Row:
    if not row.spun or row.spun != " ".join(row.spun.split()):
        raise DictionaryError(where, f"the spun phrase {row.spun!r} is empty or has stray spaces")
    if row.original != " ".join(row.original.split()):
        raise DictionaryError(where, f"the original phrase {row.original!r} has stray spaces")
    if row.spun == row.original:
        raise DictionaryError(where, f"spun and original are the same: {row.spun!r}")
    if max(len(row.spun.split()), len(row.original.split())) > _MAX_WORDS:
        raise DictionaryError(where, f"a phrase may have at most {_MAX_WORDS} words")
    if row.pos not in PARTS_OF_SPEECH:
        raise DictionaryError(where, f"unknown part of speech {row.pos!r}; one of {', '.join(PARTS_OF_SPEECH)}")
    if row.family not in FAMILIES:
        raise DictionaryError(where, f"unknown family {row.family!r}; one of {', '.join(FAMILIES)}")
    if not 0 < row.weight <= 1:
        raise DictionaryError(where, f"the weight is {row.weight:g}; it must be above 0 and at most 1")
    try:
        parse_context(row.context)
    except ValueError as error:
        raise DictionaryError(where, str(error)) from None
    return row


def _row(cells: Mapping[str, str], where: str) -> Row:
    values = {name: cells[name] for name in _COLUMNS if cells.get(name)}
    weight = values.pop("weight", "0.3")
    try:
        number = float(weight)
    except ValueError:
        raise DictionaryError(where, f"the weight {weight!r} is not a number") from None
    values.setdefault("original", "")
    if "spun" not in values:
        raise DictionaryError(where, "the spun phrase is missing")
    return _check(Row(weight=number, **values), where)


def read_rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    """The rows of a TSV file.

    Raises:
        DictionaryError: A line is wrong; the message names file, line and reason.
        OSError: The file cannot be read.
    """
    for _number, row in read_lines(path):
        if isinstance(row, DictionaryError):
            raise row
        yield row


def read_lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, Row | DictionaryError]]:
    """Each row of a TSV file with the number of its line, or what is wrong with that line.

    Raises:
        DictionaryError: The file is not UTF-8.
        OSError: The file cannot be read.
    """
    name = os.path.basename(os.fspath(path))
    try:
        # decoded at once: read in parts, Python's utf-8-sig takes half a byte order mark for an empty file
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DictionaryError(name, f"not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    header: dict[str, str] = {}
    columns: list[str] | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        where = f"{name}:{number}"
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            if key.strip() in ("family", "pos"):
                header[key.strip()] = value.strip()
        elif line.strip():
            cells = line.split("\t")
            try:
                if columns is None:
                    columns = _columns(cells, where)
                    continue
                if len(cells) > len(columns):
                    raise DictionaryError(where, f"{len(cells)} cells, but only {len(columns)} columns are named")
                row = _row({**header, **dict(zip(columns, cells, strict=False))}, where)
            except DictionaryError as error:
                yield number, error
                if columns is None:  # no later line can be understood
                    return
            else:
                yield number, row


def _columns(cells: list[str], where: str) -> list[str]:
    unknown = [cell for cell in cells if cell not in _COLUMNS]
    if unknown or "spun" not in cells or "original" not in cells:
        raise DictionaryError(
            where,
            f"the first line must name the columns: spun, original and any of {', '.join(_COLUMNS[2:])}, "
            "separated by tabs" + (f" (unknown: {', '.join(map(repr, unknown))})" if unknown else ""),
        )
    return cells


def parse_rows(rows: Iterable[Row | tuple[str, str] | Mapping[str, object]]) -> Iterator[Row]:
    """Rows given in code: `Row` objects, ``(spun, original)`` pairs, or mappings with the column names.

    >>> next(parse_rows([("kick the pail", "kick the bucket")])).pos
    'phrase'
    """
    for number, row in enumerate(rows, 1):
        where = f"row {number}"
        if isinstance(row, Row):
            yield _check(row, where)
        elif isinstance(row, Mapping):
            yield _row({str(key): str(value) for key, value in row.items()}, where)
        elif isinstance(row, tuple) and len(row) == 2 and all(isinstance(cell, str) for cell in row):
            yield _check(Row(row[0], row[1]), where)
        else:
            raise DictionaryError(where, f"{row!r} is no row; give (spun, original), a mapping or a Row")


def read_folder(folder: Path) -> list[Row]:
    """All rows of a folder of TSV files, in the order of the files' names."""
    return [row for path in sorted(folder.glob("*.tsv")) for row in read_rows(path)]
