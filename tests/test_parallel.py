"""Threads over an iterable: how much is handed over, in which order, and where errors stand."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import despin
from despin.parallel import map_ordered


def numbers(taken: list[int], n: int) -> Iterator[int]:
    for number in range(n):
        taken.append(number)
        yield number


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("most", [1, 3, 128])
def test_in_order_whatever_is_handed_over(threads: int, most: int) -> None:
    assert list(map_ordered(lambda n: n * n, range(1000), threads, most=most)) == [n * n for n in range(1000)]


@pytest.mark.parametrize("threads", [1, 2])
def test_quick_items_are_handed_over_many_at_a_time_and_no_more_than_asked_for(threads: int) -> None:
    sizes: list[int] = []

    def settle(batch: list[int]) -> list[int | None]:
        sizes.append(len(batch))
        return [*batch]

    assert list(map_ordered(lambda n: -1, list(range(5000)), threads, settle, most=100)) == list(range(5000))
    assert sizes[0] == 1
    assert max(sizes) == 100


def test_slow_items_go_one_by_one() -> None:
    """No thread is left with several of them while the other has none."""
    sizes: list[int] = []

    def settle(batch: list[int]) -> list[int | None]:
        sizes.append(len(batch))
        return [None] * len(batch)

    def slow(n: int) -> int:
        threading.Event().wait(0.02)
        return n

    assert list(map_ordered(slow, range(40), 2, settle)) == list(range(40))
    assert max(sizes) == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_what_settles_is_not_asked_again(threads: int) -> None:
    asked: list[int] = []

    def function(n: int) -> int:
        asked.append(n)
        return n

    def settle(batch: list[int]) -> list[int | None]:
        return [n if n % 3 else None for n in batch]

    assert list(map_ordered(function, list(range(300)), threads, settle)) == list(range(300))
    assert sorted(asked) == list(range(0, 300, 3))


def test_one_thread_takes_nothing_from_a_source_before_its_turn() -> None:
    taken: list[int] = []
    results = map_ordered(lambda n: n, numbers(taken, 100), 1, lambda batch: [*batch])
    assert [next(results) for _ in range(40)] == taken == list(range(40))


@pytest.mark.parametrize("given", [list, tuple])
def test_one_thread_does_each_item_when_its_result_is_asked_for(given: type) -> None:
    asked: list[int] = []

    def function(n: int) -> int:
        asked.append(n)
        return n

    results = map_ordered(function, given(range(100)), 1, lambda batch: [None] * len(batch))
    assert [next(results) for _ in range(40)] == asked == list(range(40))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_stands_where_its_item_does_and_nothing_runs_after(threads: int) -> None:
    taken: list[int] = []

    def function(n: int) -> int:
        if n == 50:
            raise ValueError("fifty")
        return n

    results = map_ordered(function, numbers(taken, 100_000), threads)
    assert [next(results) for _ in range(50)] == list(range(50))
    with pytest.raises(ValueError, match="fifty"):
        next(results)
    assert len(taken) < 10_000


@pytest.mark.parametrize("at", [0, 3, 40, 1000])
def test_an_error_of_the_source_comes_behind_what_it_gave(at: int) -> None:
    def source() -> Iterator[int]:
        yield from range(at)
        raise OSError("the disk")

    results = map_ordered(lambda n: n, source(), 2)
    assert [next(results) for _ in range(at)] == list(range(at))
    with pytest.raises(OSError, match="the disk"):
        next(results)


def test_a_source_that_has_ended_is_not_asked_again() -> None:
    asked: list[int] = []

    class Source:
        def __iter__(self) -> Source:
            return self

        def __next__(self) -> int:
            asked.append(1)
            if len(asked) > 20:
                raise StopIteration
            return len(asked)

    assert list(map_ordered(lambda n: n, Source(), 3)) == list(range(1, 21))
    assert len(asked) == 21


def test_what_waits_is_given_up_when_the_results_are() -> None:
    ran: list[int] = []

    def function(n: int) -> int:
        ran.append(n)
        threading.Event().wait(0.02)
        return n

    results = map_ordered(function, range(10_000), 2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert len(ran) < 12


def test_repairers_of_one_model_share_what_looks_for_damaged_phrases(seed: str) -> None:
    first, second = despin.Repairer(), despin.Repairer(config=despin.Config.of("eager"))
    own = despin.Repairer(dictionaries=[[("kick the pail", "kick the bucket")]])
    for tool in (first, second, own):
        assert tool.repair(seed) != seed
    assert first._finder is second._finder is not None
    assert own._finder is not first._finder
