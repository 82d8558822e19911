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

_BATCH = 4  # items handed to a thread together: one sound article takes less time than handing it over
_PER_THREAD = 2  # batches in flight for each thread: enough to keep it busy, few enough to stay lazy


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

    batches = iter(lambda: list(islice(items, _BATCH)), [])
    with ThreadPoolExecutor(n_threads, thread_name_prefix="despin") as pool:
        pending = deque(pool.submit(_map, function, batch) for batch in islice(batches, n_threads * _PER_THREAD))
        try:
            while pending:
                results, error = pending.popleft().result()
                pending.extend(pool.submit(_map, function, batch) for batch in islice(batches, 1))
                yield from results
                if error is not None:
                    raise error
        finally:
            for future in pending:
                future.cancel()


def _map(function: Callable[[In], Out], batch: list[In]) -> tuple[list[Out], BaseException | None]:
    """The results up to the first error, and the error."""
    results: list[Out] = []
    for item in batch:
        try:
            results.append(function(item))
        except BaseException as error:
            return results, error
    return results, None
