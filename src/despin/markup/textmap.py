"""The prose of a marked-up document, where each of its characters stands there, and edits carried back.

A `Prose` collects the characters while a scanner goes through the document, and gives a `TextMap`.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["ATOM", "SEAM", "Escape", "Mark", "Patch", "Places", "Prose", "TextMap"]

ATOM = "\ufffc"  # stands for what is no text but has a place in the sentence: code, a picture, a footnote's number
SEAM = "\n\n"  # between blocks

Patch: TypeAlias = tuple[int, int, str]  # source[start:end] becomes the string
Escape: TypeAlias = Callable[[str, int, int], str | None]

_WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Mark:
    """Markup within the text of a block: it stays, whatever happens to the words around it.

    `opens` tells that what follows should not be left empty (the text of a link).
    """

    start: int
    end: int
    opens: bool = False


class Places:
    """Where the characters of a text stand in its source, in runs: either as they are, or one written somehow else."""

    __slots__ = ("_at", "_ends", "_length", "_starts")

    def __init__(self) -> None:
        self._length = 0
        self._at = array("q")  # of each run, where it begins in the text
        self._starts = array("q")  # and in the source
        self._ends = array("q")

    def __len__(self) -> int:
        """How many characters there are."""
        return self._length

    def add(self, length: int, start: int, end: int) -> None:
        """The next `length` characters stand at ``source[start:end]``: one by one, or it is a single one."""
        if self._ends and self._ends[-1] == start and length == end - start and self._plain(len(self._at) - 1):
            self._ends[-1] = end
        else:
            self._at.append(self._length)
            self._starts.append(start)
            self._ends.append(end)
        self._length += length

    def start(self, character: int) -> int:
        """Where a character begins."""
        run = bisect_right(self._at, character) - 1
        return self._starts[run] + (character - self._at[run] if self._plain(run) else 0)

    def end(self, character: int) -> int:
        """Where a character ends."""
        run = bisect_right(self._at, character) - 1
        return self._starts[run] + character + 1 - self._at[run] if self._plain(run) else self._ends[run]

    def stand(self, start: int, end: int) -> bool:
        """Whether all characters of ``text[start:end]`` stand in the source, so that none is a break of blocks."""
        first, last = bisect_right(self._at, start) - 1, bisect_left(self._at, end)
        return all(self._starts[run] < self._ends[run] for run in range(first, last))

    def _plain(self, run: int) -> bool:
        """Whether the characters of a run are written as they are."""
        after = self._at[run + 1] if run + 1 < len(self._at) else self._length
        return after - self._at[run] == self._ends[run] - self._starts[run]


@dataclass(frozen=True, slots=True)
class TextMap:
    """Text and where it stands.

    Attributes:
        text: What a reader sees, blocks parted by blank lines.
        places: Of each character of `text`, where it stands in the source (`&amp;` is one character). One that stands
            for a break between blocks has an empty place.
        marks: Sorted, disjoint.
        escape: Gives what a string is written as in place of ``source[start:end]``; None if it cannot be written there.
        fragile: Whether markup must not be left without text (Markdown's ``**``).
    """

    source: str
    text: str
    places: Places
    marks: tuple[Mark, ...]
    escape: Escape
    fragile: bool = False

    def patches(self, start: int, end: int, after: str) -> list[Patch] | None:
        """What to do to the source so that ``text[start:end]`` becomes `after`; None if that cannot be done.

        All markup stays. Where the words can be paired, each is replaced where it stands; otherwise the new text goes
        into the first touched piece of text, or into a link's if one is opened on the way, and the rest is deleted.
        """
        if ATOM in self.text[start:end] or not self.places.stand(start, end):
            return None
        first, last = self.places.start(start), self.places.end(end - 1)
        if last - first == end - start and not self._marks(first, last):
            new = self.escape(after, first, last)
            return None if new is None else [(first, last, new)]
        patches: list[Patch] = []
        for left, right, new_word in self._paired(start, end, after):
            made = self._replace(left, right, new_word)
            if made is None:
                return None
            patches += made
        return patches

    def _marks(self, first: int, last: int) -> tuple[Mark, ...]:
        """Those between two places of the source."""
        low = bisect_left(self.marks, first, key=lambda mark: mark.start)
        high = bisect_left(self.marks, last, lo=low, key=lambda mark: mark.start)
        return self.marks[low:high]

    def _paired(self, start: int, end: int, after: str) -> Iterator[tuple[int, int, str]]:
        """The places to replace: the single words that change if there are as many as before, or else the whole."""
        old, new = list(_WORDS.finditer(self.text, start, end)), _WORDS.findall(after)
        if len(old) != len(new) or any(a[0].isspace() != b.isspace() for a, b in zip(old, new, strict=True)):
            yield start, end, after
            return
        for word, other in zip(old, new, strict=True):
            if word[0] != other and not (word[0].isspace() and other.isspace()):
                yield word.start(), word.end(), other

    def _replace(self, start: int, end: int, after: str) -> list[Patch] | None:
        first, last = self.places.start(start), self.places.end(end - 1)
        marks = self._marks(first, last)
        if self.fragile and marks and (len(marks) > 1 or not after):
            return None
        openings = [number for number, mark in enumerate(marks) if mark.opens]
        target = openings[-1] + 1 if openings else 0
        lefts = [first, *(mark.end for mark in marks)]
        rights = [*(mark.start for mark in marks), last]
        patches: list[Patch] = []
        for number, (left, right) in enumerate(zip(lefts, rights, strict=True)):
            new: str | None = self.escape(after, left, right) if number == target else ""
            if new is None:
                return None
            if left < right or new:
                patches.append((left, right, new))
        return patches


class Prose:
    """Collects the text of a document. White space is collapsed as a browser does it, and left out at the ends of
    blocks; where it stands, one space stands for all of it.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces: list[str] = []
        self._places = Places()
        self._marks: list[Mark] = []
        self._space: tuple[int, int] | None = None
        self._breaks = 0  # line ends since the last character; two or more part blocks

    def literal(self, start: int, end: int) -> None:
        """Characters that stand for themselves, with no white space but single spaces between words."""
        if start < end:
            self._flush(start)
            self._pieces.append(self._source[start:end])
            self._places.add(end - start, start, end)

    def character(self, character: str, start: int, end: int) -> None:
        """One character that is written as ``source[start:end]``."""
        self._flush(start)
        self._append(character, start, end)

    def atom(self, start: int, end: int) -> None:
        """Something within the text that is no text."""
        self.character(ATOM, start, end)
        self._marks.append(Mark(start, end))

    def space(self, start: int, end: int) -> None:
        """White space."""
        if self._space is None:
            self._space = (start, end)

    def mark(self, start: int, end: int, opens: bool = False) -> None:
        """Markup within a block."""
        self._marks.append(Mark(start, end, opens))

    def line(self) -> None:
        """A line ends within a block; two of them part blocks."""
        self._breaks += 1
        self._space = None

    def block(self) -> None:
        """A block begins or ends."""
        self._breaks = len(SEAM)
        self._space = None

    def finish(self, escape: Escape, fragile: bool = False) -> TextMap:
        """The text with its places."""
        return TextMap(self._source, "".join(self._pieces), self._places, tuple(self._marks), escape, fragile)

    def _flush(self, place: int) -> None:
        """Add what parts the next character, which stands at `place`, from the last one."""
        if self._places:
            if self._breaks:
                for character in SEAM[: self._breaks]:
                    self._append(character, place, place)
            elif self._space:
                self._append(" ", *self._space)
        self._space = None
        self._breaks = 0

    def _append(self, character: str, start: int, end: int) -> None:
        self._pieces.append(character)
        self._places.add(1, start, end)
