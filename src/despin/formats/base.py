"""What a format is: how a source is cut into blocks, a block into records, and records are put together again.

Reading happens in one process (`Format.blocks`), everything else in any other (`Format.parse`, `Format.assemble`), so
blocks travel between processes and a block's output must depend on nothing but the block and the `Layout`. Where
blocks end must depend on nothing but where they begin: that is what makes an interrupted run repeatable.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from despin.pooling import Lent
from despin.report import Edit, Report

__all__ = ["Block", "Format", "Layout", "Position", "Record", "Reject", "Source", "Treated"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a format is told about its files.

    Attributes:
        fields: Paths of the fields that hold text: ``("text",)``, ``("item", "body")``.
        encoding: Name of the text encoding, or ``auto``: UTF-8, or else what a mark or tag at the beginning says, or
            else Windows-1252.
        delimiter: Of a table; empty to find out.
        annotate: Whether records get a field ``despin``.
        group: Path of the field that records are grouped by; empty for none.
        domain: Whether the group is the domain of the address in that field.
        block_size: Bytes of a block, about.
        max_record: Bytes (decompressed) of the longest record that is read.
        max_ratio: How many times its size a compressed file may expand to.
        content: What the texts of records are: ``text``, ``html`` or ``markdown``.
    """

    fields: tuple[tuple[str, ...], ...] = (("text",),)
    encoding: str = "utf-8"
    delimiter: str = ""
    annotate: bool = False
    group: tuple[str, ...] = ()
    domain: bool = False
    block_size: int = 1 << 20
    max_record: int = 16 << 20
    max_ratio: float = 200.0
    content: str = "text"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next block begins: offset in the decompressed source (Parquet: a row), and records before it."""

    offset: int = 0
    record: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be handled, or the unreadable rest of a source.

    Attributes:
        record: Its number, from 1; 0 for the source itself.
        offset: Its byte offset in the decompressed source.
        reason: What is wrong, and what to do if there is something.
        raw: The record as it stands, shortened if it is long.
        length: Bytes of the record, -1 if unknown.
    """

    record: int
    offset: int
    reason: str
    raw: bytes = b""
    length: int = -1


@dataclass(slots=True)
class Record:
    """One record of a block.

    Attributes:
        number: From 1 within its source.
        place: The same for people: ``line 3``.
        raw: The bytes it stands as, where the format has any.
        texts: The texts of its fields; none: it passes as it is.
        group: The group it is pooled with.
        content: What its texts are: ``text``, ``html`` or ``markdown``.
        missing, keys: Whether it has none of the fields, and the names of those it has.
        encoding: What its new texts must fit into.
        detail: What the format needs to put the record together again.
    """

    number: int
    place: str
    raw: bytes
    texts: tuple[str, ...] = ()
    group: str = ""
    content: str = "text"
    missing: bool = False
    keys: tuple[str, ...] = ()
    encoding: str = "utf-8"
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Treated:
    """What became of a record's texts.

    Attributes:
        texts: The new texts; those that did not change are the same objects.
        edits: The edits of each text, offsets in the old one; None where it was replaced otherwise.
        report: Of the whole record; offsets are those of its texts joined.
        annotation: The value of the field ``despin``; None without ``--annotate``.
    """

    texts: tuple[str, ...]
    edits: tuple[tuple[Edit, ...] | None, ...]
    report: Report
    annotation: dict[str, Any] | None = None


@dataclass(slots=True)
class Block:
    """Some records of a source, cut but not parsed.

    Attributes:
        source, output: Numbers of the source and of the output it goes to.
        name: The source, in messages and reports.
        format: Name of the format.
        start, after: Where it begins, and where the next one does.
        data: Its bytes.
        ends: Where its records end in `data`, if only the reader could find out.
        first, last: Whether it is the first or last of its source.
        opens: Whether it is the first of its output.
        context: What the format's reader tells its parser (a table's header).
        rejects: Found by the reader.
        consumed: Bytes of the file read so far, for progress.
        pack: How its output is compressed: ``gzip``, ``zstd`` or nothing.
        priors: For each record with text, what its group lends it.
    """

    source: int
    output: int
    name: str
    format: str
    start: Position
    after: Position
    data: bytes
    ends: list[int] = field(default_factory=list)
    first: bool = False
    last: bool = False
    opens: bool = False
    context: Any = None
    rejects: list[Reject] = field(default_factory=list)
    consumed: int = 0
    pack: str = ""
    priors: Sequence[Lent] = ()

    @property
    def records(self) -> int:
        """How many records the reader counted, rejects of its own included."""
        return self.after.record - self.start.record


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, and where its records go.

    Attributes:
        number: Its place among the sources.
        path, name: The file, and how it is called in messages and reports.
        format: Name of its format.
        output: Number of its output.
        opens: Whether it is the first source of its output.
        more: Whether another source follows in the same output.
    """

    number: int
    path: Path
    name: str
    format: str
    output: int
    opens: bool = True
    more: bool = False


class Format(ABC):
    """A kind of file. Instances hold no state.

    Attributes:
        name: What ``--format`` calls it.
        suffixes: Endings of its files.
        unit: What a record is called.
        joins: Whether several sources may be written into one file, one after the other.
        annotates: Whether a record can take a field ``despin``.
        compresses: Whether its files come as .gz and .zst too.
        has_fields: Whether records have fields: several texts, an address, a group.
        each_piece: Whether each piece of output is compressed by itself, as WARC files want it.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    unit: str = "record"
    joins: bool = True
    annotates: bool = True
    compresses: bool = True
    has_fields: bool = True
    each_piece: bool = False

    @abstractmethod
    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """Find out, before hours of work, that sources cannot go into one output or lack a field.

        Raises:
            InputError: They cannot, or do.
            MissingExtraError: A package is missing.
        """

    @abstractmethod
    def blocks(self, source: Source, layout: Layout, start: Position) -> Iterator[Block]:
        """Cut a source into blocks, beginning at the start of one; at least one block."""

    @abstractmethod
    def parse(self, block: Block, layout: Layout) -> Iterator[Record | Reject]:
        """The records of a block, in order."""

    @abstractmethod
    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """The output of a block: pieces, as they would stand uncompressed."""

    def writes(self, record: Record) -> bool:
        """Whether a record that is kept appears in the output."""
        return True

    def count(self, spool: Path, layout: Layout) -> int:
        """How many records a finished spool holds, found out by reading it again."""
        source = Source(0, spool, spool.name, self.name, 0)
        free = replace(layout, max_record=1 << 62, max_ratio=float("inf"))
        return sum(block.records for block in self.blocks(source, free, Position()))

    def finish(self, spool: Path, target: Path, sources: Sequence[Source]) -> None:
        """Turn the file that all pieces were appended to into the target, in one step."""
        os.replace(spool, target)
