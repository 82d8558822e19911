"""Compressed lines in the model file: the rows behind hypotheses, and the spun phrases."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

__all__ = ["pack_lines", "unpack_lines"]

_MOST = 64 << 20  # bytes that a block may unpack to; all spun phrases together are 2 MB


def pack_lines(lines: Iterable[str]) -> bytes:
    """Lines as a compressed block.

    >>> unpack_lines(pack_lines(["one", "two"]))
    ['one', 'two']
    """
    return zlib.compress("\n".join(lines).encode(), 9)


def unpack_lines(block: bytes | memoryview) -> list[str]:
    """The lines of a block.

    Raises:
        ValueError: It is cut off or garbled, goes on after its end, unpacks to more than 64 MB, or is no UTF-8.
    """
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(block, _MOST)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked ({error})") from None
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("it is cut off, has something behind its end, or is too long")
    return data.decode().split("\n")
