"""Threads over an iterable, lazily and in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from despin.errors import ConfigError

__all__ = ["map_ordered"]

In = TypeVar("In")
Out = TypeVar("Out")

_PER_THREAD = 8  # items in flight for each thread: enough to keep it busy, few enough to stay lazy


def map_ordered(function: Callable[[In], Out], items: Iterable[In], threads: int | None) -> Iterator[Out]:
    """``map(function, items)`` on threads; results in the order of the items, an error where its item stands.

    Raises:
        ConfigError: `threads` is not a positive number.
    """
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads is {threads!r}; give a whole number of 1 or more, or None")
    n_threads = threads or os.cpu_count() or 1
    return map(function, items) if n_threads == 1 else _threaded(function, iter(items), n_threads)


def _threaded(function: Callable[[In], Out], items: Iterator[In], n_threads: int) -> Iterator[Out]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(n_threads, thread_name_prefix="despin") as pool:
        pending = deque(pool.submit(function, item) for item in islice(items, n_threads * _PER_THREAD))
        try:
            while pending:
                yield pending.popleft().result()
                pending.extend(pool.submit(function, item) for item in islice(items, 1))
        finally:
            for future in pending:
                future.cancel()
