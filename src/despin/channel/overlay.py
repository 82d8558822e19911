"""A user's own rows, laid over the mapped model without touching it."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from despin.channel.inflect import inflections
from despin.channel.link import Entry, Linker
from despin.channel.rows import ROWS_IN_BLOCK, Row, parse_rows, read_rows, unpack_row
from despin.decode._model import Model
from despin.model.container import Container
from despin.model.words import pack_words

__all__ = ["RowTexts", "overlay"]


class _Sections:
    """Sections in memory, where a `Container` has them in a mapped file."""

    def __init__(self, sections: dict[str, bytes]) -> None:
        self._sections = sections

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def section(self, name: str) -> memoryview:
        return memoryview(self._sections[name])


def overlay(sources: Iterable[Any], base: Model) -> tuple[list[Row], Model]:
    """The rows of the sources, and a model of just these rows; words that `base` lacks get ids after its own.

    Raises:
        DictionaryError: A row is wrong.
    """
    rows: list[Row] = []
    for source in sources:
        rows += read_rows(source) if isinstance(source, (str, os.PathLike)) else parse_rows(source)
    new_ids: dict[str, int] = {}
    first_new = base.n_words

    def word_id(word: str) -> int:
        known = base.word_id(word)
        return known if known >= 0 else new_ids.setdefault(word, first_new + len(new_ids))

    def known(word: str) -> bool:
        return base.word_id(word) >= 0

    linker = Linker(word_id, rows)
    linker.add(Entry(s, o, number) for number, row in enumerate(rows) for s, o in inflections(row, known))
    sections = linker.sections()
    sections |= pack_words(list(new_ids), first_new)
    return rows, Model(_Sections(sections))


_BLOCKS_KEPT = 256  # about 4 MB


class RowTexts:
    """The rows behind hypotheses, read from the model file when one is asked for."""

    def __init__(self, container: Container, own: list[Row]) -> None:
        self._text = container.section("rows.text")
        self._offsets = container.section("rows.offsets")
        self._own = own
        self._block = lru_cache(_BLOCKS_KEPT)(self._unpacked)

    def row(self, number: int, own: bool) -> Row:
        """Row `number` of the model or of the user's rows."""
        if own:
            return self._own[number]
        block, at = divmod(number, ROWS_IN_BLOCK)
        return unpack_row(self._block(block)[at])

    def _unpacked(self, number: int) -> list[str]:
        start, end = struct.unpack_from("<II", self._offsets, 4 * number)
        return zlib.decompress(self._text[start:end]).decode().split("\n")

    def __iter__(self) -> Iterator[Row]:
        """All rows of the model."""
        for block in range(len(self._offsets) // 4 - 1):
            yield from map(unpack_row, self._block(block))

    def describe(self, number: int, own: bool) -> str:
        """A row as one short line."""
        return str(self.row(number, own))
