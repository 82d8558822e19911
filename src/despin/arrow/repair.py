"""Record batches in, record batches with repaired texts out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from despin.arrow.nested import check_text, reached, resolved
from despin.arrow.notes import Notes
from despin.arrow.shipping import Shipped
from despin.arrow.sites import WORKING, lent
from despin.arrow.strings import spliced, texts
from despin.errors import ConfigError
from despin.formats.columns import annotation_type, set_column
from despin.parallel import map_ordered
from despin.pooling import NOTHING, Lent, inspected, repaired
from despin.repairer import Repairer

__all__ = ["output_schema", "repair_array", "repair_batches"]

Column = str | Sequence[str]

_PART = 1 << 30  # bytes of one column at a time: with 32-bit offsets a string array ends at twice that
_LOOKED_AT = 1 << 18  # characters that a first look is taken at together, or one text of more
_PART_THREADED = 1 << 20  # a spun text takes as long as megabytes of sound ones: small parts keep threads even


def output_schema(schema: Any, column: Column = "text", *, annotate: bool = False) -> Any:
    """The schema of what `repair_batches` gives for batches of a schema: known before any data is.

    With `annotate` a column ``despin`` comes last, or in the place of one of that name. Columns that `score_batches`
    and the pooling of sites added are gone.

    Raises:
        InputError: There is no such column, or it holds no text.
        ConfigError: `annotate` is asked for where a row may have several texts.

    >>> output_schema(pa.schema([("id", pa.int64()), ("text", pa.string())]), annotate=True).names
    ['id', 'text', 'despin']
    """
    path = resolved(schema, column)
    in_list = check_text(schema, path)
    if annotate and (in_list or path[0] == "despin"):
        raise ConfigError(f"annotate: column {'.'.join(path)} must be one text per row and not named despin")
    schema = pa.schema([field for field in schema if field.name not in WORKING], schema.metadata)
    if annotate:
        index = schema.get_field_index("despin")
        note = pa.field("despin", annotation_type())
        schema = schema.append(note) if index < 0 else schema.set(index, schema.field(index).with_type(note.type))
    return schema


def repair_batches(
    batches: Iterable[Any],
    column: Column = "text",
    *,
    annotate: bool = False,
    repairer: Repairer | Shipped | None = None,
    spun: bool | None = None,
    mixing: Sequence[float] | None = None,
    threads: int = 1,
) -> Iterator[Any]:
    """Repair a column of each `pyarrow.RecordBatch`, lazily and in order.

    Args:
        batches: An iterable of `pyarrow.RecordBatch`, also a `pyarrow.RecordBatchReader`.
        column: Its name; ``item.body`` or ``("item", "body")`` is a field of a struct, or of structs in a list. It
            holds strings of any of Arrow's layouts, or a dictionary of them, each value of which is repaired once.
            Nulls stay; so does what is no sound UTF-8.
        annotate: Whether a column ``despin`` says what was done: spin, rate, family, edits, version.
        repairer: Default: `Repairer()`. A `Shipped` one is shared by all that a worker process does.
        spun: Whether the texts are known to be spun.
        mixing: The batches are `score_batches`'s, joined with the sums of their sites; this is what `mixing` learned
            from these. The columns that were added for it are dropped.
        threads: Parts of batches are repaired at the same time, on as many threads.

    Raises:
        InputError, ConfigError: As `output_schema` does.

    >>> batch = pa.record_batch({"text": ["A sound text stays as it is.", None]})
    >>> next(repair_batches([batch])).equals(batch)
    True
    """
    made = repairer.repairer if isinstance(repairer, Shipped) else repairer or Shipped().repairer
    kernel = _Kernel(made, column, annotate, spun, mixing)
    limit = _PART if threads == 1 else _PART_THREADED
    parts = (part for batch in batches for part in _parts(batch, limit))
    return map_ordered(kernel, parts, threads, most=1)


def repair_array(array: Any, repairer: Repairer | Shipped | None = None, *, spun: bool | None = None) -> Any:
    """Repair a `pyarrow.Array` of texts; the very same one comes back when nothing changes.

    >>> array = pa.array(["A sound text stays as it is.", None])
    >>> repair_array(array) is array
    True
    """
    made = repairer.repairer if isinstance(repairer, Shipped) else repairer or Shipped().repairer
    return _Kernel(made, (), False, spun, None).treat(array, None)[0]


class _Kernel:
    """What is done to one batch."""

    def __init__(
        self,
        repairer: Repairer,
        column: Column,
        annotate: bool,
        spun: bool | None,
        mixing: Sequence[float] | None,
    ) -> None:
        self._repairer = repairer
        self._column = column
        self._annotate = annotate
        self._spun = spun
        self._mixing = mixing
        self._dictionary: tuple[Any, Any, Any] | None = None

    def __call__(self, batch: Any) -> Any:
        output_schema(batch.schema, self._column, annotate=self._annotate)
        path = resolved(batch.schema, self._column)
        priors = None
        if self._mixing is not None:
            priors, batch = lent(batch, self._mixing)
        found, put = reached(batch.column(path[0]), path[1:])
        new, notes = self.treat(found, priors)
        if new is not found:
            batch = set_column(batch, path[:1], put(new))
        return set_column(batch, ("despin",), notes) if self._annotate else batch

    def treat(self, array: Any, priors: Sequence[Lent] | None) -> tuple[Any, Any]:
        """The array with repaired texts, the very same if none changed, and the notes if they are asked for."""
        if not pa.types.is_dictionary(array.type):
            return self._treat(array, priors)
        if priors is None:
            return self._treat_values(array)
        plain = array.dictionary_decode()
        new, notes = self._treat(plain, priors)
        return (array if new is plain else new.dictionary_encode().cast(array.type)), notes

    def _treat(self, array: Any, priors: Sequence[Lent] | None) -> tuple[Any, Any]:
        if not self._annotate:
            return spliced(array, dict(self._repaired(texts(array), priors))), None
        changed: dict[int, str] = {}
        notes = Notes()
        for row, text in texts(array):
            known = priors[row] if priors is not None else NOTHING
            report = inspected(self._repairer, text, known, spun=self._spun)
            if report.edits:
                changed[row] = report.apply()
            notes.add(row, report)
        return spliced(array, changed), notes.array(len(array))

    def _repaired(self, found: Iterator[tuple[int, str]], priors: Sequence[Lent] | None) -> Iterator[tuple[int, str]]:
        """Rows that change, and their new texts."""
        if priors is None and self._spun is None:
            found = self._unsettled(found)
        for row, text in found:
            known = priors[row] if priors is not None else NOTHING
            new = repaired(self._repairer, text, known, spun=self._spun)
            if new is not text:
                yield row, new

    def _unsettled(self, found: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """Those rows that a first look leaves open: many at a time, so that threads seldom wait for Python's lock."""
        for batch in _batches(found, _LOOKED_AT):
            settled = self._repairer.settled([text for _row, text in batch])
            yield from (item for item, known in zip(batch, settled, strict=True) if known is None)

    def _treat_values(self, array: Any) -> tuple[Any, Any]:
        """Each value of a dictionary once; batches of one stream bring the same dictionary again."""
        known = self._dictionary
        if known is None or not known[0].equals(array.dictionary):
            new, notes = self._treat(array.dictionary, None)
            # two values may have become one
            unique = None if new is array.dictionary else new.dictionary_encode()
            known = self._dictionary = (array.dictionary, unique, notes)
        _values, unique, notes = known
        if notes is not None:
            notes = notes.take(array.indices)
        if unique is None:
            return array, notes
        kind = array.type
        indices = unique.indices.take(array.indices).cast(kind.index_type)
        return pa.DictionaryArray.from_arrays(indices, unique.dictionary, ordered=kind.ordered), notes


def _batches(rows: Iterator[tuple[int, str]], characters: int) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[1])
        if size >= characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _parts(batch: Any, limit: int) -> Iterator[Any]:
    """A batch in slices of about that many bytes."""
    rows = max(1, batch.num_rows * limit // max(1, batch.nbytes))
    if rows >= batch.num_rows:
        yield batch
        return
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
