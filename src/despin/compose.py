"""The edits of a text and the edits of what they make of it, as edits of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from despin.report import Change, Edit, places_made, replaced
from despin.text.protect import Span

__all__ = ["composed", "moved"]


class _Placed(NamedTuple):
    """An edit and where it stands in the text between the two: what the first made, or what the second changes."""

    start: int
    end: int
    edit: Edit
    second: bool


def moved(spans: Iterable[Span], changes: Iterable[Change]) -> list[Span]:
    """Sorted spans of a text, which no change touches, as spans of the changed text.

    >>> moved([(0, 2), (9, 11)], [(3, 5, "was")])
    [(0, 2), (10, 12)]
    """
    result: list[Span] = []
    shift = 0
    rest = iter(changes)
    change = next(rest, None)
    for start, end in spans:
        while change is not None and change[1] <= start:
            shift += len(change[2]) - (change[1] - change[0])
            change = next(rest, None)
        result.append((start + shift, end + shift))
    return result


def composed(text: str, first: Sequence[Edit], second: Sequence[Edit]) -> tuple[Edit, ...]:
    """One edit for each place that `first`, edits of `text`, or `second`, edits of what these make of it, change.

    Where two touch one another, the edit has the reason and the alternatives of the second, and the lower confidence.
    Takes time linear in the length of the text.

    >>> first = [Edit(5, 11, "stated", "said", 0.9, rule="news: state -> say")]
    >>> [edit.after for edit in composed("they stated so", first, [Edit(10, 12, "so", "it", 0.8)])]
    ['said', 'it']
    >>> [merged] = composed("they stated so", first, [Edit(0, 9, "they said", "we say", 0.8)])
    >>> merged.before, merged.after, merged.confidence
    ('they stated', 'we say', 0.8)
    """
    between = replaced(text, ((edit.start, edit.end, edit.after) for edit in first))
    merged: list[Edit] = []
    shift = 0  # from the text between to the text itself
    for group in _touching(first, second):
        start, end = group[0].start, max(placed.end for placed in group)
        changes = [placed.edit for placed in group if placed.second]
        grown = sum(len(placed.edit.before) - len(placed.edit.after) for placed in group if not placed.second)
        before = text[start + shift : end + shift + grown]
        inside = ((edit.start - start, edit.end - start, edit.after) for edit in changes)
        after = replaced(between[start:end], inside)
        if before != after:
            model = (changes or [group[0].edit])[0]
            at, confidence = start + shift, min(placed.edit.confidence for placed in group)
            merged.append(
                replace(model, start=at, end=at + len(before), before=before, after=after, confidence=confidence)
            )
        shift += grown
    return tuple(merged)


def _touching(first: Sequence[Edit], second: Sequence[Edit]) -> Iterator[list[_Placed]]:
    """The edits of both, those that touch one of the other kind together, from left to right."""
    group: list[_Placed] = []
    places = zip(places_made(first), first, strict=True)
    made = (_Placed(start, end, edit, False) for (start, end), edit in places)
    changed = (_Placed(edit.start, edit.end, edit, True) for edit in second)
    reach = [-1, -1]  # how far those of the first and of the second in the group go
    for placed in sorted(chain(made, changed), key=_in_order):
        if group and placed.start > reach[not placed.second]:
            yield group
            group, reach = [], [-1, -1]
        group.append(placed)
        reach[placed.second] = max(reach[placed.second], placed.end)
    if group:
        yield group


_in_order = attrgetter("start", "end")
