"""Tables are read as Python's csv module reads them, and cut into the same rows whatever the block size."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.formats.base import Layout, Position, Reject, Source
from despin.formats.table import Table

CELLS = st.text(st.sampled_from('ab,;"\n\r é\t'), max_size=8)


def rows_of(path: Path, layout: Layout) -> list[list[str]]:
    """Texts of all rows but blank ones and those that are too short or too long."""
    found = []
    for block in Table().blocks(Source(0, path, path.name, "csv", 0), layout, Position()):
        assert not block.rejects
        for item in Table().parse(block, layout):
            if isinstance(item, Reject):
                assert "where the header has" in item.reason
            elif item.texts:
                found.append(list(item.texts))
    return found


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([1, 7, 1 << 20]),
    st.booleans(),
)
def test_rows_are_those_of_the_csv_module(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    quoting: int,
    ending: str,
    delimiter: str,
    block_size: int,
    final: bool,
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=ending, delimiter=delimiter)  # type: ignore[arg-type]
    writer.writerows([["one", "two"], *rows])
    text = out.getvalue() if final else out.getvalue().removesuffix(ending)
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(text.encode())
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]
    found = rows_of(path, Layout(fields=(("one",), ("two",)), block_size=block_size))
    assert found == [row for row in expected if len(row) == 2]


def test_the_delimiter_is_the_one_that_gives_the_field(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;text\n1;a, b\n", "utf-8")
    assert rows_of(path, Layout()) == [["a, b"]]
