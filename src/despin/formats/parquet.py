"""Parquet: string columns change, everything else (schema, metadata, order, row groups, codecs) stays.

A Parquet file cannot be cut off and continued, so blocks are appended to the spool as Arrow streams and written as
Parquet at the end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from despin.errors import InputError, MissingExtraError
from despin.formats.base import Block, Format, Layout, Position, Record, Reject, Source, Treated
from despin.formats.columns import annotation_type, column, replaced, set_column, text_values
from despin.formats.grouping import group_of

__all__ = ["Parquet"]

_FRAME = struct.Struct("<Q?")  # bytes of an Arrow stream, and whether a row group ends after it
_ROW_GROUP = 64 << 20  # bytes held while a row group is written; larger ones are divided
_READ_BUFFER = 1 << 20


class Parquet(Format):
    """Rows of a Parquet file."""

    name = "parquet"
    suffixes = (".parquet", ".pq")
    unit = "row"
    compresses = False

    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """The schemas of one output are equal and have the fields.

        Raises:
            InputError: They are not, or have not.
        """
        first = None
        for source in sources:
            with _open(source) as file:
                schema = file.schema_arrow
            for path in layout.fields:
                _check_text(source.name, schema, path)
            if layout.group:
                _find(source.name, schema, layout.group)
            if first is not None and not schema.equals(first):
                raise InputError(f"{source.name}: its schema differs from that of {sources[0].name}")
            first = schema

    def blocks(self, source: Source, layout: Layout, start: Position) -> Iterator[Block]:
        """Batches of rows, never across row groups."""
        size = source.path.stat().st_size
        with _open(source) as file:
            total = file.metadata.num_rows
            at = Position()
            for group in range(file.metadata.num_row_groups):
                about = file.metadata.row_group(group)
                if at.record + about.num_rows <= start.record:
                    at = Position(at.record + about.num_rows, at.record + about.num_rows)
                    continue
                end = at.record + about.num_rows
                rows = max(1, layout.block_size * about.num_rows // max(1, about.total_byte_size))
                for batch in file.iter_batches(batch_size=min(rows, 1 << 16), row_groups=[group]):
                    after = Position(at.record + batch.num_rows, at.record + batch.num_rows)
                    if at.record >= start.record and batch.num_rows:
                        block = Block(source.number, source.output, source.name, source.format, at, after, _ipc(batch))
                        block.first, block.last = at.record == 0, after.record == total
                        block.opens = source.opens and block.first
                        block.context = after.record == end
                        block.consumed = size * after.record // total
                        yield block
                    at = after
            if total == 0:
                empty = file.schema_arrow.empty_table().to_batches(1) or [_empty(file.schema_arrow)]
                block = Block(source.number, source.output, source.name, source.format, at, at, _ipc(empty[0]))
                block.first = block.last = block.context = True
                block.opens = source.opens
                yield block

    def parse(self, block: Block, layout: Layout) -> Iterator[Record | Reject]:
        """The rows of a block; null texts are none."""
        batch = _batch(block.data)
        columns = [text_values(column(batch, path)) for path in layout.fields]
        groups = column(batch, layout.group).to_pylist() if layout.group else None
        for row in range(batch.num_rows):
            number = block.start.record + row + 1
            present = [index for index, values in enumerate(columns) if values[row] is not None]
            texts = tuple(columns[index][row] or "" for index in present)
            group = group_of(groups[row], layout.domain) if groups else ""
            yield Record(number, f"row {number}", b"", texts, group, layout.content, detail=(row, present))

    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """The batch again; only columns in which something changed are built anew."""
        batch = _batch(block.data)
        for index, path in enumerate(layout.fields):
            new: dict[int, str] = {}
            for record, treated in kept:
                row, present = record.detail
                if index in present:
                    at = present.index(index)
                    if treated.texts[at] is not record.texts[at]:
                        new[row] = treated.texts[at]
            if new:
                batch = set_column(batch, path, replaced(column(batch, path), new))
        if len(kept) < batch.num_rows:
            batch = batch.take(_pyarrow().array([record.detail[0] for record, _ in kept], "int64"))
        if layout.annotate:
            notes = _pyarrow().array([treated.annotation for _, treated in kept], annotation_type())
            batch = set_column(batch, ("despin",), notes)
        data = _ipc(batch)
        return [_FRAME.pack(len(data), bool(block.context)) + data]

    def count(self, spool: Path, layout: Layout) -> int:
        """Rows of the Arrow streams."""
        with spool.open("rb") as stream:
            return sum(batch.num_rows for batch, _ends in _frames(stream))

    def finish(self, spool: Path, target: Path, sources: Sequence[Source]) -> None:
        """Write the batches as Parquet, with the codecs of the first source."""
        parquet = _parquet()
        with _open(sources[0]) as file:
            codecs = _codecs(file.metadata)
        temporary = spool.with_name(f"{spool.name}.parquet")
        writer = None
        held: list[Any] = []
        with spool.open("rb") as stream:
            for batch, ends in _frames(stream):
                if writer is None:
                    writer = parquet.ParquetWriter(temporary, batch.schema, compression=codecs)
                held.append(batch)
                if ends or sum(item.nbytes for item in held) > _ROW_GROUP:
                    _write_group(writer, held)
                    held = []
        if writer is not None:
            _write_group(writer, held)
            writer.close()
        with temporary.open("rb") as done:
            os.fsync(done.fileno())
        os.replace(temporary, target)
        spool.unlink()


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("Reading and writing Parquet", "pyarrow", "data") from None
    return pyarrow


def _parquet() -> Any:
    _pyarrow()
    from pyarrow import parquet

    return parquet


def _open(source: Source) -> Any:
    """Raises `InputError` for what is no Parquet file."""
    parquet = _parquet()
    if source.path.stat().st_size == 0:
        raise InputError(f"{source.name}: is empty, which no Parquet file is")
    try:
        # buffered column by column: a row group is never held whole
        return parquet.ParquetFile(source.path, buffer_size=_READ_BUFFER, pre_buffer=False)
    except (OSError, _pyarrow().ArrowInvalid) as error:
        raise InputError(f"{source.name}: is no sound Parquet file: {str(error).splitlines()[0]}") from None


def _find(name: str, schema: Any, path: Sequence[str]) -> Any:
    fields = {field.name: field for field in schema}
    found = None
    for part in path:
        if part not in fields:
            columns = ", ".join(schema.names)
            raise InputError(f"{name}: no column {'.'.join(path)}; its columns: {columns}")
        found = fields[part]
        kind = found.type
        fields = {kind.field(i).name: kind.field(i) for i in range(kind.num_fields)} if _is_struct(kind) else {}
    return found


def _is_struct(kind: Any) -> bool:
    return bool(_pyarrow().types.is_struct(kind))


def _check_text(name: str, schema: Any, path: Sequence[str]) -> None:
    types = _pyarrow().types
    kind = _find(name, schema, path).type
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)):
        raise InputError(f"{name}: column {'.'.join(path)} holds {kind}, not text")


def _empty(schema: Any) -> Any:
    pa = _pyarrow()
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _ipc(batch: Any) -> bytes:
    pa = _pyarrow()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _batch(data: bytes) -> Any:
    return next(iter(_pyarrow().ipc.open_stream(data)))


def _frames(stream: BinaryIO) -> Iterator[tuple[Any, bool]]:
    while head := stream.read(_FRAME.size):
        length, ends = _FRAME.unpack(head)
        yield _batch(stream.read(length)), ends


def _write_group(writer: Any, batches: list[Any]) -> None:
    if batches:
        table = _pyarrow().Table.from_batches(batches)
        writer.write_table(table, row_group_size=max(1, table.num_rows))


def _codecs(metadata: Any) -> Any:
    """The codec of each column, as the writer wants it."""
    if not metadata.num_row_groups:
        return "snappy"
    group = metadata.row_group(0)
    codecs = {}
    for index in range(group.num_columns):
        chunk = group.column(index)
        codecs[chunk.path_in_schema] = "none" if chunk.compression == "UNCOMPRESSED" else chunk.compression.lower()
    return codecs
