"""Compressed files, read with limits and written in pieces that may be cut anywhere between two of them.

A gzip or zstd file that ends early, is damaged, or expands beyond reason gives everything up to there and then
`DamageError`, so that the complete records before it are not lost. Every packed piece is a gzip member or zstd frame of
its own: a file of such pieces can be truncated after any of them, and goes on from there with the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from despin.errors import InputError, MissingExtraError

__all__ = ["SUFFIXES", "ByteSource", "DamageError", "compression_of", "pack"]

SUFFIXES = {".gz": "gzip", ".zst": "zstd"}

_CHUNK = 1 << 16
# 1 KB of zstd holds at most some 250 blocks, of at most 128 KB each: no call can expand to more than 32 MB
_ZSTD_CHUNK = 1 << 10
_GZIP_LEVEL = 6
_ZSTD_LEVEL = 3
_ZSTD_WINDOW = 1 << 27
_FREE = 16 << 20  # so much may come out before the ratio counts: a short file of spaces is no bomb


class DamageError(InputError):
    """The rest of a source cannot be read; what came before can."""


def compression_of(path: Path) -> str:
    """``gzip``, ``zstd`` or nothing, by the ending of the name."""
    return SUFFIXES.get(path.suffix.lower(), "")


def pack(data: bytes, compression: str) -> bytes:
    """A piece of output: compressed by itself, the same bytes for the same data."""
    if compression == "gzip":
        packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
        return packer.compress(data) + packer.flush()
    if compression == "zstd":
        packed: bytes = _zstandard().ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(data)
        return packed
    return data


class ByteSource:
    """The decompressed bytes of a file, in chunks.

    Args:
        path: The file; its ending tells the compression.
        max_ratio: How many times its size the file may expand to, once it has given 16 MB.

    Attributes:
        consumed: Bytes read from the file so far, for progress.

    Raises:
        InputError: Its name promises compressed data and it is something else.
        MissingExtraError: It is zstd and `zstandard` is not installed.
    """

    def __init__(self, path: Path, max_ratio: float) -> None:
        self.path = path
        self.consumed = 0
        self._max_ratio = max_ratio
        self._compression = compression_of(path)
        if self._compression == "zstd":
            _zstandard()
        self._file: BinaryIO = path.open("rb")

    def __enter__(self) -> ByteSource:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Chunks of at most 64 KB (32 MB from zstd) that follow each other from the decompressed offset `start` on.

        Raises:
            DamageError: After the last chunk that could be read.
        """
        if not self._compression:
            self._file.seek(start)
            self.consumed = start
            yield from self._raw(_CHUNK)
            return
        at = 0
        for chunk in self._limited(self._gzip() if self._compression == "gzip" else self._zstd()):
            at += len(chunk)
            if at > start:
                yield chunk if at - len(chunk) >= start else chunk[start - at :]

    def _raw(self, size: int) -> Iterator[bytes]:
        while chunk := self._file.read(size):
            self.consumed += len(chunk)
            yield chunk

    def _limited(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        total = 0
        for chunk in chunks:
            total += len(chunk)
            if total > _FREE and total > self._max_ratio * self.consumed:
                raise DamageError(
                    f"expands to more than {self._max_ratio:g} times its size (a decompression bomb?); "
                    "raise --max-ratio if it is right"
                )
            yield chunk

    def _gzip(self) -> Iterator[bytes]:
        yield from self._members("gzip", lambda: zlib.decompressobj(31), zlib.error, _CHUNK)

    def _zstd(self) -> Iterator[bytes]:
        zstandard = _zstandard()
        decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        yield from self._members("zstd", decompressor.decompressobj, zstandard.ZstdError, _ZSTD_CHUNK)

    def _members(self, name: str, new: Any, errors: type[Exception], size: int) -> Iterator[bytes]:
        """Decompress members or frames, one after the other, never more than a bounded amount at a time."""
        member = None
        complete = False
        for raw in self._raw(size):
            while raw:
                if member is None:
                    if complete and not raw.strip(b"\0"):  # padding, as tape and some downloaders leave it
                        break
                    member = new()
                try:
                    out = member.decompress(raw, _CHUNK) if name == "gzip" else member.decompress(raw)
                except errors as error:
                    if not complete and self.consumed <= size:
                        raise InputError(f"is no {name} file, in spite of its name ({error})") from None
                    raise DamageError(f"is damaged: no valid {name} data near byte {self.consumed} ({error})") from None
                if out:
                    yield out
                raw = member.unused_data if member.eof else member.unconsumed_tail if name == "gzip" else b""
                if member.eof:
                    member, complete = None, True
        while member is not None and name == "gzip" and (out := member.decompress(b"", _CHUNK)):
            yield out
        if member is not None:
            raise DamageError(f"ends early: its {name} data is cut off after byte {self.consumed}; fetch it again")


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("Reading and writing .zst", "zstandard", "data") from None
    return zstandard
