"""Where blocks end depends on where they begin and on nothing else; no byte of a source is lost between them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.formats import get_format
from despin.formats.base import Block, Layout, Position, Source

LONG = b'{"text": "' + b"long " * 30 + b'"}\n'
PIECES = st.sampled_from([b'{"text": "a"}\n', b"\n", b"\r\n", LONG, b'"', b",", b'"a,b"', b"text,b\n", b"\xff"])


def blocks(path: Path, name: str, layout: Layout, start: Position) -> list[Block]:
    return list(get_format(name).blocks(Source(0, path, "s", name, 0), layout, start))


@given(
    pieces=st.lists(PIECES, max_size=40),
    name=st.sampled_from(["jsonl", "csv"]),
    block_size=st.integers(1, 80),
    max_record=st.integers(80, 200),
    cut=st.integers(0, 40),
    packed=st.booleans(),
)
def test_blocks_go_on_from_any_of_them(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[bytes],
    name: str,
    block_size: int,
    max_record: int,
    cut: int,
    packed: bool,
) -> None:
    data = (b"id,text\n" if name == "csv" else b"") + b"".join(pieces)
    path = tmp_path_factory.getbasetemp() / f"blocks.{name}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(data)[: -cut or None] if packed else data)
    layout = Layout(block_size=block_size, max_record=max_record)
    if packed and cut > 8:
        return  # the header may be gone
    found = blocks(path, name, layout, Position())
    # every byte is in a block or a reject, in order
    at, record = found[0].start.offset, 0
    for block in found:
        rejected = sum(reject.length for reject in block.rejects)
        assert block.start == Position(at, record)
        assert data[at : at + len(block.data)] == block.data
        assert block.after.offset == at + len(block.data) + rejected
        assert all(reject.offset == at for reject in block.rejects)
        at, record = block.after.offset, block.after.record
    if not (packed and cut):
        assert at == len(data)
    assert [block.last for block in found] == [False] * (len(found) - 1) + [True]
    # and a run that begins at any block sees the same ones
    for number, block in enumerate(found):
        again = blocks(path, name, layout, block.start) if number else found
        tail = found[number:] if number else found
        assert [_plain(item) for item in again] == [_plain(item) for item in tail]


def _plain(block: Block) -> tuple[object, ...]:
    return block.start, block.after, block.data, block.ends, block.last, block.rejects
