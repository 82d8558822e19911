"""The module-level functions: the same methods of one repairer with default settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from despin.repairer import Repairer
from despin.report import Report

__all__ = ["inspect", "repair", "repair_many", "spin_score"]


@cache
def _default() -> Repairer:
    return Repairer()


def repair(text: str, *, spun: bool | None = None) -> str:
    """Put the original wording back; see `Repairer.repair`.

    >>> import despin
    >>> despin.repair("A sound text stays as it is.")
    'A sound text stays as it is.'
    """
    return _default().repair(text, spun=spun)


def inspect(text: str, *, spun: bool | None = None) -> Report:
    """What despin would change and why; see `Repairer.inspect`."""
    return _default().inspect(text, spun=spun)


def spin_score(text: str) -> float:
    """The probability (0 to 1) that a text was spun; see `Repairer.spin_score`."""
    return _default().spin_score(text)


def repair_many(texts: Iterable[str], *, threads: int | None = None, spun: bool | None = None) -> Iterator[str]:
    """Repair texts lazily, in order, on several threads; see `Repairer.repair_many`."""
    return _default().repair_many(texts, threads=threads, spun=spun)
