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

_BATCH = 16  # texts handed to a thread together: one sound article takes less time than handing it over
_PER_THREAD = 2  # batches in flight for each thread: enough to keep it busy, few enough to stay lazy


def map_ordered(
    function: Callable[[In], Out],
    items: Iterable[In],
    threads: int | None,
    settle: Callable[[list[In]], list[Out | None]] | None = None,
    *,
    batch: int = _BATCH,
) -> Iterator[Out]:
    """``map(function, items)`` on threads; results in the order of the items, an error where its item stands.

    `settle` gives the results of several items that are cheap to have together, None for those left to `function`.
    `batch` items are handed to a thread at a time.

    Raises:
        ConfigError: `threads` is not a positive number.
    """
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads is {threads!r}; give a whole number of 1 or more, or None")
    n_threads = threads or os.cpu_count() or 1
    if n_threads == 1:
        return map(function, items)
    iterator = iter(items)
    batches = iter(lambda: list(islice(iterator, batch)), [])
    return _threaded(lambda taken: _map(function, settle, taken), batches, n_threads)


def _threaded(
    run: Callable[[list[In]], tuple[list[Out], BaseException | None]], batches: Iterator[list[In]], n_threads: int
) -> Iterator[Out]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(n_threads, thread_name_prefix="despin") as pool:
        pending = deque(pool.submit(run, batch) for batch in islice(batches, n_threads * _PER_THREAD))
        try:
            while pending:
                results, error = pending.popleft().result()
                pending.extend(pool.submit(run, batch) for batch in islice(batches, 1))
                yield from results
                if error is not None:
                    raise error
        finally:
            for future in pending:
                future.cancel()


def _map(
    function: Callable[[In], Out], settle: Callable[[list[In]], list[Out | None]] | None, batch: list[In]
) -> tuple[list[Out], BaseException | None]:
    """The results up to the first error, and the error."""
    results: list[Out] = []
    settled: list[Out | None] = settle(batch) if settle else [None] * len(batch)
    for item, known in zip(batch, settled, strict=True):
        try:
            results.append(function(item) if known is None else known)
        except BaseException as error:
            return results, error
    return results, None
