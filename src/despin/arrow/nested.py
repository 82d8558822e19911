"""The text column of a schema: found by its path through structs and lists, taken out, put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from despin.arrow.strings import is_text
from despin.errors import InputError

__all__ = ["check_text", "reached", "resolved", "type_at"]

Put = Callable[[Any], Any]


def resolved(schema: Any, column: str | Sequence[str]) -> tuple[str, ...]:
    """The path that a column's name stands for: ``item.body`` is a field of a struct unless a column has that name.

    Raises:
        InputError: There is no such column.

    >>> schema = pa.schema([("item", pa.struct([("body", pa.string())])), ("a.b", pa.string())])
    >>> resolved(schema, "item.body"), resolved(schema, "a.b")
    (('item', 'body'), ('a.b',))
    """
    if isinstance(column, str):
        path = (column,) if schema.get_field_index(column) >= 0 else tuple(column.split("."))
    else:
        path = tuple(column)
    type_at(schema, path)
    return path


def type_at(schema: Any, path: Sequence[str]) -> tuple[Any, bool]:
    """The type of the values at a path, and whether they are inside lists, so that a row may have several.

    Raises:
        InputError: There is no such column, or more than one.
    """
    kind, in_list = pa.struct(list(schema)), False
    for name in path:
        index = kind.get_field_index(name) if pa.types.is_struct(kind) else -1
        if index < 0:
            raise InputError(f"no column {'.'.join(path)}, or more than one; columns: {', '.join(schema.names)}")
        kind = kind.field(index).type
        while _is_list(kind):
            kind, in_list = kind.value_type, True
    return kind, in_list


def check_text(schema: Any, path: Sequence[str]) -> bool:
    """Check that there is text at a path; true if a row may have several.

    Raises:
        InputError: There is something else.
    """
    kind, in_list = type_at(schema, path)
    if not is_text(kind.value_type if pa.types.is_dictionary(kind) else kind):
        raise InputError(f"column {'.'.join(path)} holds {kind}, not text")
    return in_list


def reached(array: Any, path: Sequence[str]) -> tuple[Any, Put]:
    """The texts at the end of a path below an array, null where anything around them is; and how to put others back.

    >>> items = pa.array([{"body": ["a", "b"]}, None, {"body": ["c"]}])
    >>> found, put = reached(items, ("body",))
    >>> found.to_pylist(), put(pa.array(["A", "b", "c"])).to_pylist()
    (['a', 'b', 'c'], [{'body': ['A', 'b']}, None, {'body': ['c']}])
    """
    if _is_list(array.type):
        values, put_values = _list_values(array)
        found, put = reached(values, path)
        return found, lambda new: put_values(put(new))
    if not path:
        return array, lambda new: new
    index = array.type.get_field_index(path[0])
    children = array.flatten()
    found, put = reached(children[index], path[1:])

    def put_child(new: Any) -> Any:
        children[index] = put(new)
        return pa.StructArray.from_arrays(children, fields=array.type.fields, mask=_mask(array))

    return found, put_child


def _list_values(array: Any) -> tuple[Any, Put]:
    """The values of lists that follow each other, those of nulls included, and how to put as many back."""
    offsets = array.offsets
    first, last = offsets[0].as_py(), offsets[-1].as_py()
    values = array.values.slice(first, last - first)

    def put(new: Any) -> Any:
        from_first = pa.compute.subtract(offsets, offsets[0])
        make = pa.LargeListArray if pa.types.is_large_list(array.type) else pa.ListArray
        return make.from_arrays(from_first, new, type=array.type, mask=_mask(array))

    return values, put


def _mask(array: Any) -> Any:
    return array.is_null() if array.null_count else None


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
