"""Text columns of Arrow record batches: read, changed, put back, whatever they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["annotation_type", "column", "replaced", "set_column", "text_values"]


def column(batch: Any, path: Sequence[str]) -> Any:
    """The array at a path; null where a structure around it is null."""
    import pyarrow.compute as pc

    array = batch.column(path[0])
    return pc.struct_field(array, list(path[1:])) if len(path) > 1 else array


def text_values(array: Any) -> list[str | None]:
    """The texts of a string or dictionary array."""
    values: list[str | None] = array.to_pylist()
    return values


def replaced(array: Any, new: Mapping[int, str]) -> Any:
    """An array of the same type with new texts in some rows, given in ascending order."""
    import pyarrow as pa

    from despin.arrow.strings import spliced

    if pa.types.is_dictionary(array.type):
        return spliced(array.dictionary_decode(), new).dictionary_encode().cast(array.type)
    return spliced(array, new)


def set_column(batch: Any, path: Sequence[str], array: Any) -> Any:
    """A batch with another array at a path, of the same type; at a path of one name the column may be new."""
    import pyarrow as pa

    name = path[0]
    index = batch.schema.get_field_index(name)
    if index < 0:
        fields = [*batch.schema, pa.field(name, array.type)]
        return pa.RecordBatch.from_arrays([*batch.columns, array], schema=pa.schema(fields, batch.schema.metadata))
    field = batch.schema.field(index)
    if len(path) > 1:
        array = _set_child(batch.column(index), path[1:], array)
        field = field.with_type(array.type)
    else:
        field = field.with_type(array.type)
    columns = list(batch.columns)
    columns[index] = array
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema.set(index, field))


def _set_child(parent: Any, path: Sequence[str], array: Any) -> Any:
    import pyarrow as pa

    fields = [parent.type.field(i) for i in range(parent.type.num_fields)]
    children = [parent.field(i) for i in range(parent.type.num_fields)]
    index = parent.type.get_field_index(path[0])
    children[index] = _set_child(children[index], path[1:], array) if len(path) > 1 else array
    return pa.StructArray.from_arrays(children, fields=fields, mask=parent.is_null())


def annotation_type() -> Any:
    """The Arrow type of the column ``despin``."""
    import pyarrow as pa

    edit = pa.struct(
        [
            ("text", pa.int64()),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("before", pa.string()),
            ("after", pa.string()),
            ("confidence", pa.float64()),
            ("rule", pa.string()),
        ]
    )
    return pa.struct(
        [
            ("spin", pa.float64()),
            ("rate", pa.float64()),
            ("family", pa.string()),
            ("edits", pa.list_(edit)),
            ("version", pa.string()),
        ]
    )
