"""codespell's dictionaries: ``misspelling->correction``, or ``misspelling->one, other, reason``.

What follows the last comma, maybe nothing, is a remark on why the correction is not made blindly.
"""

from __future__ import annotations

from collections.abc import Iterator

from despin.lexicon.formats import Item, Pair, Skipped

__all__ = ["read"]


def read(text: str) -> Iterator[Item]:
    """The pairs of a dictionary, one for each correction.

    >>> [pair.original for pair in read("ahve->have, halve,")]
    ['have', 'halve']
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        spun, arrow, rest = line.partition("->")
        corrections, comma, reason = rest.rpartition(",")
        originals = [part.strip() for part in (corrections if comma else rest).split(",") if part.strip()]
        if not arrow:
            yield Skipped(number, "no -> between misspelling and correction")
        elif not originals:
            yield Skipped(number, "no correction after ->")
        for original in originals if arrow else ():
            yield Pair(number, spun.strip(), original, reason.strip() if comma else "")
