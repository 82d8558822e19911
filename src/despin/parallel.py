"""Threads over an iterable, lazily and in order."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from despin.errors import ConfigError

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["map_ordered"]

In = TypeVar("In")
Out = TypeVar("Out")

_MOST = 128  # items handed to a thread together
_GOOD_WHILE = 0.002  # seconds of work handed over together: much more than handing over takes, too little to wait for
_PER_THREAD = 8  # batches in flight for each thread: others go on while the next result is a spun text that takes long


@dataclass(frozen=True)
class _Done(Generic[Out]):
    """The results of a batch, up to the first error."""

    results: list[Out]
    seconds: float
    error: BaseException | None = None


def map_ordered(
    function: Callable[[In], Out],
    items: Iterable[In],
    threads: int | None,
    settle: Callable[[list[In]], list[Out | None]] | None = None,
    *,
    most: int = _MOST,
) -> Iterator[Out]:
    """``map(function, items)`` on threads; results in the order of the items, an error where its item stands.

    `settle` gives the results of several items that are cheap to have together, None for those left to `function`.
    Items are handed to a thread one by one at first, then so many together as take it a good while, up to `most`.

    Raises:
        ConfigError: `threads` is not a positive number.
    """
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads is {threads!r}; give a whole number of 1 or more, or None")
    n_threads = threads or os.cpu_count() or 1
    if n_threads == 1:
        if settle is None or not isinstance(items, (list, tuple)):
            return map(function, items)  # nothing is taken from a source before its turn
        return _in_turn(function, settle, items, most)
    return _threaded(lambda batch: _map(function, settle, batch), _Source(iter(items)), n_threads, most)


def _in_turn(
    function: Callable[[In], Out],
    settle: Callable[[list[In]], list[Out | None]],
    items: list[In] | tuple[In, ...],
    most: int,
) -> Iterator[Out]:
    """Without threads: what lies ready is settled several items at a time, the rest is done when its turn comes."""
    at, size = 0, 1
    while batch := list(items[at : at + size]):
        start = time.perf_counter()
        settled = settle(batch)
        at, size = at + size, _next_size(size, len(batch), time.perf_counter() - start, most)
        for item, known in zip(batch, settled, strict=True):
            yield function(item) if known is None else known


class _Source(Generic[In]):
    """Items in batches, up to the first error among them."""

    def __init__(self, items: Iterator[In]) -> None:
        self._items = items
        self._ended = False
        self.error: Exception | None = None

    def take(self, n: int) -> list[In]:
        batch: list[In] = []
        while len(batch) < n and not self._ended:
            try:
                batch.append(next(self._items))
            except StopIteration:
                self._ended = True
            except Exception as error:  # its turn comes behind the results of the items before it
                self.error, self._ended = error, True
        return batch


def _threaded(run: Callable[[list[In]], _Done[Out]], source: _Source[In], n_threads: int, most: int) -> Iterator[Out]:
    from concurrent.futures import ThreadPoolExecutor

    size = 1
    pending: deque[Future[_Done[Out]]] = deque()
    with ThreadPoolExecutor(n_threads, thread_name_prefix="despin") as pool:

        def hand_over(limit: int) -> None:
            while len(pending) < limit and (batch := source.take(size)):
                pending.append(pool.submit(run, batch))

        try:
            hand_over(2 * n_threads)
            while pending:
                done = pending.popleft().result()
                size = _next_size(size, len(done.results), done.seconds, most)
                hand_over(n_threads * _PER_THREAD)
                yield from done.results
                if done.error is not None:
                    raise done.error
            if source.error is not None:
                raise source.error
        finally:
            for future in pending:
                future.cancel()


def _next_size(size: int, n: int, seconds: float, most: int) -> int:
    """How many items to hand over, after `n` took so long: at most four times as many as before."""
    fitting = int(n * _GOOD_WHILE / max(seconds, 1e-9))
    return max(1, min(fitting, 4 * size, most))


def _map(
    function: Callable[[In], Out], settle: Callable[[list[In]], list[Out | None]] | None, batch: list[In]
) -> _Done[Out]:
    start = time.perf_counter()
    results: list[Out] = []
    settled: list[Out | None] = settle(batch) if settle else [None] * len(batch)
    for item, known in zip(batch, settled, strict=True):
        try:
            results.append(function(item) if known is None else known)
        except BaseException as error:
            return _Done(results, time.perf_counter() - start, error)
    return _Done(results, time.perf_counter() - start)
