"""What happened to the texts of an array, as an Arrow array of structs: the type that ``despin clean`` writes, too."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

import despin
from despin.formats.columns import annotation_type
from despin.report import Report

__all__ = ["Notes"]


class Notes:
    """Collects reports in the order of their rows, column by column."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {"spin": [], "rate": [], "family": []}
        edit = annotation_type().field("edits").type.value_type
        self._edits: dict[str, list[Any]] = {field.name: [] for field in edit}
        self._ends = [0]

    def add(self, row: int, report: Report) -> None:
        """Add the report of a row; rows that are left out are null."""
        self._fill(row)
        self._columns["spin"].append(round(report.spin, 4))
        self._columns["rate"].append(round(report.rate, 4))
        self._columns["family"].append(report.family)
        for edit in report.edits:
            note = edit.to_dict()
            for name, values in self._edits.items():
                values.append(note.get(name, 0))  # `text`, the number of a record's text, is always the first
        self._ends.append(self._ends[-1] + len(report.edits))

    def array(self, rows: int) -> Any:
        """The notes on that many rows."""
        self._fill(rows)
        kind = annotation_type()
        edit = kind.field("edits").type.value_type
        edits = pa.StructArray.from_arrays(
            [pa.array(self._edits[field.name], field.type) for field in edit.fields], fields=edit.fields
        )
        columns: dict[str, Any] = {
            **{name: pa.array(values, kind.field(name).type) for name, values in self._columns.items()},
            "edits": pa.ListArray.from_arrays(pa.array(self._ends, "int32"), edits, type=kind.field("edits").type),
            "version": pa.repeat(pa.scalar(despin.__version__, "string"), rows),
        }
        absent = columns["spin"].is_null() if columns["spin"].null_count else None
        children = [columns[field.name] for field in kind.fields]
        return pa.StructArray.from_arrays(children, fields=kind.fields, mask=absent)

    def _fill(self, row: int) -> None:
        absent = row + 1 - len(self._ends)
        for values in self._columns.values():
            values.extend([None] * absent)
        self._ends.extend([self._ends[-1]] * absent)
