"""The first of two passes over grouped records: scores are logged, pooled, and lent to the records of the second."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from despin.clean.block_work import Scored
from despin.clean.state import Sink
from despin.formats.base import Block
from despin.jsontext import dumps
from despin.pooling import Pool

__all__ = ["GroupRow", "Priors", "ScoreLog"]

_COUNT = struct.Struct("<I")  # records of a block
_SCORE = struct.Struct("<Iff")  # group, log-odds, rate; 12 bytes a record
_UNGROUPED = 0xFFFFFFFF


class GroupRow(NamedTuple):
    """What is known of a group: its name, texts, expected share of spun ones, and spin rate."""

    name: str
    texts: int
    share: float
    rate: float


class ScoreLog:
    """Scores in the order of the records, and the names of groups in the order of their numbers."""

    def __init__(self, folder: Path) -> None:
        self._scores = Sink(folder / "scores")
        self._names = Sink(folder / "groups")
        self._numbers: dict[str, int] = {}

    def open(self, sizes: dict[str, int]) -> None:
        """Go on after what counts."""
        self._names.open(sizes.get("groups", 0))
        self._scores.open(sizes.get("scores", 0))
        self._numbers = {name: number for number, name in enumerate(self.names())}

    def append(self, scored: Scored) -> None:
        """Add the records of a block."""
        parts = [_COUNT.pack(len(scored.groups))]
        for name, odds, rate in zip(scored.groups, scored.odds, scored.rates, strict=True):
            number = self._numbers.get(name, _UNGROUPED)
            if name and number == _UNGROUPED:
                number = self._numbers[name] = len(self._numbers)
                self._names.append(dumps(name).encode() + b"\n")
            parts.append(_SCORE.pack(number, odds, rate))
        self._scores.append(b"".join(parts))

    def sync(self) -> None:
        self._names.sync()
        self._scores.sync()

    def sizes(self) -> dict[str, int]:
        return {"groups": self._names.size, "scores": self._scores.size}

    def close(self) -> None:
        self.sync()
        self._names.close()
        self._scores.close()

    def names(self) -> list[str]:
        """Names of the groups."""
        with self._names.path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def blocks(self) -> Iterator[list[tuple[int, float, float]]]:
        """Group, log-odds and rate of the records of each block."""
        with self._scores.path.open("rb") as stream:
            while head := stream.read(_COUNT.size):
                yield list(_SCORE.iter_unpack(stream.read(_COUNT.unpack(head)[0] * _SCORE.size)))

    def pool(self) -> Pool:
        """All scores, pooled."""
        pool = Pool()
        for name in self.names():
            pool.group(name)
        for records in self.blocks():
            for group, odds, rate in records:
                if group != _UNGROUPED:
                    pool.add(group, odds, rate)
        pool.fit()
        return pool

    def table(self) -> list[GroupRow]:
        """The groups, most spun texts first; none once the log is gone."""
        if not self._scores.path.exists():
            return []
        pool = self.pool()
        rows = [GroupRow(name, pool.texts(n), pool.share(n), pool.rate(n)) for n, name in enumerate(pool.names)]
        return sorted(rows, key=lambda row: (-row.texts * row.share, row.name))


class Priors:
    """What groups lend to the records of the second pass."""

    def __init__(self, log: ScoreLog, skip: int) -> None:
        self._log = log
        self._pool = log.pool()
        self._skip = skip

    def attach(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """Give each block the priors of its records."""
        scores = self._log.blocks()
        for _ in range(self._skip):
            next(scores)
        for block in blocks:
            block.priors = [
                self._pool.lend(None if group == _UNGROUPED else group, odds) for group, odds, _rate in next(scores)
            ]
            yield block
