"""A user's own rows, laid over the mapped model without touching it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from despin.channel.inflect import inflections
from despin.channel.link import Entry, Linker
from despin.channel.rows import ROWS_IN_BLOCK, Row, parse_rows, read_rows, unpack_row
from despin.decode._model import Model
from despin.errors import ModelError
from despin.model.blocks import unpack_lines
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

    def damaged(self, reason: str) -> ModelError:
        return ModelError(f"your rows cannot be laid over the model, which is a defect of despin: {reason}")


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
_ROWS_KEPT = 1 << 14  # about 2 MB: a spinner has its favourites


class RowTexts:
    """The rows behind hypotheses, read from the model file when one is asked for."""

    def __init__(self, container: Container, own: list[Row]) -> None:
        self._damaged = container.damaged
        self._text = container.section("rows.text")
        self._offsets = container.section("rows.offsets")
        self._own = own
        self._block = lru_cache(_BLOCKS_KEPT)(self._unpacked)
        self._line = lru_cache(_ROWS_KEPT)(lambda number: str(self.row(number, False)))

    def row(self, number: int, own: bool) -> Row:
        """Row `number` of the model or of the user's rows.

        Raises:
            ModelError: The model's rows are garbled.
        """
        if own:
            return self._own[number]
        block, at = divmod(number, ROWS_IN_BLOCK)
        try:
            return unpack_row(self._block(block)[at])
        except (IndexError, ValueError):
            raise self._damaged(f"section rows.text is garbled, row {number} is not in it") from None

    def _unpacked(self, number: int) -> list[str]:
        start, end = struct.unpack_from("<II", self._offsets, 4 * number)
        try:
            return unpack_lines(self._text[start:end])
        except ValueError as error:
            raise self._damaged(f"block {number} of section rows.text is garbled, {error}") from None

    def __iter__(self) -> Iterator[Row]:
        """All rows of the model.

        Raises:
            ModelError: They are garbled.
        """
        for block in range(len(self._offsets) // 4 - 1):
            for at in range(len(self._block(block))):
                yield self.row(block * ROWS_IN_BLOCK + at, False)

    def describe(self, number: int, own: bool) -> str:
        """A row as one short line."""
        return str(self._own[number]) if own else self._line(number)
