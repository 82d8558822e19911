"""Texts of Arrow string arrays: read from their buffers, and put back without touching those that stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["is_text", "spliced", "texts"]


def is_text(kind: Any) -> bool:
    """Whether an Arrow type holds strings, dictionaries of them left out.

    >>> is_text(pa.string()), is_text(pa.string_view()), is_text(pa.binary())
    (True, True, False)
    """
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def texts(array: Any) -> Iterator[tuple[int, str]]:
    """Row and text of a string array; what is null, and what is no sound UTF-8, is left out.

    >>> list(texts(pa.array(["a", None, "b"])))
    [(0, 'a'), (2, 'b')]
    """
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    _validity, offsets, data = array.buffers()
    if data is None:  # nothing but nulls and empty strings
        return iter([(row, "") for row in range(len(array)) if array[row].is_valid])
    bounds = memoryview(offsets).cast("q" if pa.types.is_large_string(array.type) else "i")
    bounds = bounds[array.offset : array.offset + len(array) + 1]
    rows = range(len(array)) if not array.null_count else pc.indices_nonzero(array.is_valid()).to_pylist()
    return _decoded(rows, bounds, memoryview(data))


def _decoded(rows: Any, bounds: Any, view: memoryview) -> Iterator[tuple[int, str]]:
    for row in rows:
        try:
            yield row, str(view[bounds[row] : bounds[row + 1]], "utf-8")
        except UnicodeDecodeError:  # Arrow does not check; such a text goes the way of all that stays
            continue


def spliced(array: Any, changed: Mapping[int, str]) -> Any:
    """The array with new texts in some rows, given in ascending order; the very same one if there are none.

    >>> spliced(pa.array(["a", None, "b", "c"]), {2: "B"}).to_pylist()
    ['a', None, 'B', 'c']
    """
    if not changed:
        return array
    new = pa.array(changed.values(), array.type, size=len(changed))
    pieces = []
    at = first = 0  # the row that comes next, and the first new text that is not among the pieces
    for taken, row in enumerate(changed):
        if row != at:  # a run of new texts ends, one of old texts follows
            pieces.append(new.slice(first, taken - first))
            pieces.append(array.slice(at, row - at))
            first = taken
        at = row + 1
    pieces.append(new.slice(first))
    pieces.append(array.slice(at))
    return pa.concat_arrays([piece for piece in pieces if len(piece)])
