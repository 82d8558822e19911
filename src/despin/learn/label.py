"""Is a proposed edit right? Held against the slots of an annotated passage."""

from __future__ import annotations

import itertools
import re

from despin.learn.gold import Passage, Slot

__all__ = ["judge"]

_TOKEN = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


def normal(text: str) -> str:
    """Text as the scorer compares it, a and an taken as one word."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join("a" if token == "an" else token for token in _TOKEN.findall(text.casefold()))


def judge(passage: Passage, start: int, end: int, after: str) -> tuple[bool, bool]:
    """Whether ``spun[start:end]`` -> `after` is right, and whether a required slot is in it.

    An edit outside every slot is wrong; one that reaches over a slot must leave the rest as it was.
    """
    touched = [slot for slot in passage.slots if slot.start < end and slot.end > start]
    if not touched:
        return False, False
    left, right = min(start, touched[0].start), max(end, touched[-1].end)
    text = passage.spun
    got = normal(text[left:start] + after + text[end:right])
    required = any(slot.required for slot in touched)
    choices = itertools.product(*((*slot.accepted, *_kept(text, slot)) for slot in touched))
    for choice in itertools.islice(choices, 200):
        if choice != tuple(text[slot.start : slot.end] for slot in touched) and got == normal(
            _filled(text, left, right, touched, choice)
        ):
            return True, required
    return False, required


def _kept(text: str, slot: Slot) -> tuple[str, ...]:
    return (text[slot.start : slot.end],)


def _filled(text: str, left: int, right: int, slots: list[Slot], choice: tuple[str, ...]) -> str:
    pieces, at = [], left
    for slot, form in zip(slots, choice, strict=True):
        pieces += [text[at : slot.start], form]
        at = slot.end
    return "".join([*pieces, text[at:right]])
