"""The model file: named sections behind a JSON header, mapped read-only and verified when opened.

Layout, little-endian: magic ``DESPIN`` + two bytes of format version; uint32 header length; uint32 CRC-32 of the
header; the header (JSON: metadata, and offset, length and CRC-32 of each section); the sections, each aligned to
64 bytes, one cache line. There is nothing executable in it: no pickle, no code.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from despin.errors import ModelError

__all__ = ["FORMAT_VERSION", "Container", "write"]

FORMAT_VERSION = 1
_MAGIC = b"DESPIN"
_HEAD = struct.Struct("<6sHII")
_ALIGN = 64


def write(path: Path, metadata: Mapping[str, Any], sections: Mapping[str, bytes]) -> None:
    """Write a model file; equal input gives an equal file. The file appears whole or not at all."""
    table: dict[str, dict[str, int]] = {}
    at = 0
    for name in sorted(sections):
        data = sections[name]
        table[name] = {"offset": at, "length": len(data), "crc32": zlib.crc32(data)}
        at += -(-len(data) // _ALIGN) * _ALIGN
    header = json.dumps({"metadata": metadata, "sections": table}, sort_keys=True, ensure_ascii=False).encode()
    header += b" " * (-(_HEAD.size + len(header)) % _ALIGN)
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as out:
        out.write(_HEAD.pack(_MAGIC, FORMAT_VERSION, len(header), zlib.crc32(header)))
        out.write(header)
        for name in sorted(sections):
            out.write(sections[name])
            out.write(b"\0" * (-len(sections[name]) % _ALIGN))
    os.replace(temporary, path)


class Container:
    """A model file, mapped and verified.

    Attributes:
        path: Where it came from.
        metadata: Provenance: version, training command, corpora, checksums.

    Raises:
        ModelError: The file is missing, is no model, is of another format version, or is damaged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        try:
            with open(self.path, "rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise ModelError(
                f"no model file at {self.path}; reinstall despin, or build it with 'python -m despin.channel.build'"
            ) from None
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot read the model file {self.path}: {error}") from None
        header = self._header()
        try:
            self.metadata: dict[str, Any] = dict(header["metadata"])
            self._sections: dict[str, tuple[int, int]] = {}
            for name, entry in header["sections"].items():
                self._sections[name] = self._checked(name, entry["offset"], entry["length"], entry["crc32"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise self.damaged("its header is incomplete") from None

    def damaged(self, reason: str) -> ModelError:
        """The error that says what is wrong with the file, where it lies, and what to do."""
        return ModelError(f"the model file {self.path} is damaged: {reason}; reinstall despin or train the model again")

    def _header(self) -> Any:
        if len(self._map) < _HEAD.size:
            raise self.damaged("it is too short")
        magic, version, length, crc = _HEAD.unpack_from(self._map)
        if magic != _MAGIC:
            raise ModelError(f"{self.path} is not a despin model file")
        if version != FORMAT_VERSION:
            raise ModelError(
                f"{self.path} has model format {version}, this despin reads {FORMAT_VERSION}; "
                "install the despin it was made for, or build it again"
            )
        raw = self._map[_HEAD.size : _HEAD.size + length]
        if len(raw) != length or zlib.crc32(raw) != crc:
            raise self.damaged("the header's checksum does not fit")
        self._base = _HEAD.size + length
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise self.damaged("its header is no JSON") from None

    def _checked(self, name: str, offset: int, length: int, crc: int) -> tuple[int, int]:
        start = self._base + offset
        if offset < 0 or length < 0 or start + length > len(self._map):
            raise self.damaged(f"section {name} is cut off")
        if start % _ALIGN:
            raise self.damaged(f"section {name} does not begin where a cache line does")
        with memoryview(self._map) as whole, whole[start : start + length] as part:
            if zlib.crc32(part) != crc:
                raise self.damaged(f"the checksum of section {name} does not fit")
        return start, length

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def names(self) -> list[str]:
        """The sections' names, sorted."""
        return sorted(self._sections)

    def section(self, name: str) -> memoryview:
        """A read-only view of a section; no copy.

        Raises:
            ModelError: There is no such section.
        """
        try:
            start, length = self._sections[name]
        except KeyError:
            raise self.damaged(f"section {name} is missing") from None
        return memoryview(self._map)[start : start + length]
