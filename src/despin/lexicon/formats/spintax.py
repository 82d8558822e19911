"""Spintax: text with alternatives, ``{one|other {nested|deeper}}``, from which spinners draw their variants.

Within each pair of braces one alternative is taken as the original, the others as what is written for it. Nested
alternatives multiply, so that a short text can stand for more variants than there are atoms: of each pair of braces
no more than `MOST_VARIANTS` are looked at, none longer than `MOST_CHARACTERS`, and what is left out is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from despin.errors import DictionaryError
from despin.lexicon.formats import Item, Pair, Skipped

__all__ = ["MOST_CHARACTERS", "MOST_VARIANTS", "Original", "read"]

Original = Literal["first", "last", "shortest"]
MOST_VARIANTS = 64
MOST_CHARACTERS = 200
_DEEPEST = 50


@dataclass
class _Alternative:
    """The variants of one alternative as far as it is read; `cut`: some were left out."""

    variants: list[str] = field(default_factory=lambda: [""])
    cut: bool = False

    def append(self, more: list[str]) -> None:
        joined = [a + b for a in self.variants for b in more[: MOST_VARIANTS + 1]][: MOST_VARIANTS + 1]
        short = [text for text in joined if len(text) <= MOST_CHARACTERS]
        self.cut |= len(short) < len(joined) or len(short) > MOST_VARIANTS
        self.variants = short[:MOST_VARIANTS]


@dataclass
class _Group:
    """A pair of braces that is open: where it began, and its alternatives so far."""

    line: int
    alternatives: list[_Alternative] = field(default_factory=lambda: [_Alternative()])


def read(text: str, original: Original = "first") -> Iterator[Item]:
    """The pairs of every pair of braces, innermost first. Text outside of braces is passed over.

    Args:
        original: Which alternative is the original.

    Raises:
        DictionaryError: Braces do not match, or are nested more than 50 deep.

    >>> [(pair.spun, pair.original) for pair in read("We {said|stated} {it {fast|quickly}|so}.")]
    [('stated', 'said'), ('quickly', 'fast'), ('so', 'it fast')]
    """
    if original not in get_args(Original):
        raise DictionaryError("original", f"{original!r} is none of {', '.join(get_args(Original))}")
    groups: list[_Group] = []
    for number, line in enumerate(text.splitlines(), 1):
        start = 0
        for at, character in enumerate(line):
            if character == "{" or (groups and character in "|}"):
                if groups and at > start:
                    groups[-1].alternatives[-1].append([line[start:at]])
                start = at + 1
                if character == "{":
                    if len(groups) == _DEEPEST:
                        raise DictionaryError(f"line {number}", f"braces are nested more than {_DEEPEST} deep")
                    groups.append(_Group(number))
                elif character == "|":
                    groups[-1].alternatives.append(_Alternative())
                else:
                    yield from _close(groups, original)
            elif character == "}":
                raise DictionaryError(f"line {number}", f"the }} at column {at + 1} closes nothing")
        if groups:  # alternatives may go on over lines
            groups[-1].alternatives[-1].append([line[start:] + " "])
    if groups:
        raise DictionaryError(f"line {groups[-1].line}", "a { is never closed")


def _close(groups: list[_Group], original: Original) -> Iterator[Item]:
    """The pairs of the innermost group; all its variants become a part of the group around it."""
    group = groups.pop()
    if any(alternative.cut for alternative in group.alternatives):
        yield Skipped(group.line, f"variants beyond {MOST_VARIANTS}, or longer than {MOST_CHARACTERS} characters")
    options = [list(dict.fromkeys(" ".join(v.split()) for v in a.variants)) for a in group.alternatives]
    options = [variants for variants in options if variants]
    if options:
        chosen = {
            "first": 0,
            "last": len(options) - 1,
            "shortest": min(range(len(options)), key=lambda n: len(options[n][0])),
        }[original]
        others = [text for n, variants in enumerate(options) if n != chosen for text in variants]
        for spun in others[:MOST_VARIANTS]:
            yield Pair(group.line, spun, options[chosen][0])
        if len(others) > MOST_VARIANTS:
            yield Skipped(group.line, f"more than {MOST_VARIANTS} alternatives; the rest is left out")
    if groups:
        around = groups[-1].alternatives[-1]
        around.cut |= not options
        around.append([text for alternative in group.alternatives for text in alternative.variants])
