"""Lint of dictionaries: what a reviewer would send back.

Rows that cannot be read at all are errors of `rows`; here are the rows that can be read and should not stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from despin.channel.rows import Row, read_rows

__all__ = ["FUNCTION_WORDS", "lint_file", "lint_rows"]

# Reversing one of these wherever a language model likes another word better does harm than good: a row that has
# one alone on its spun side must say in which context.
FUNCTION_WORDS = frozenset(
    """
    a about after all an and any are as at be been before between but by can could did do does during for from had
    has have he her here him his how i if in into is it its may me might more must my no not of on or our out over
    she should than that the their them then there they this to under up us was we were what when where which who
    will with within without would you your
    """.split()
)


def lint_file(path: Path) -> Iterator[str]:
    """Complaints about one file: family and part of speech as in its name, rows sorted and unique."""
    rows = list(read_rows(path))
    family, pos = path.name.split(".")[:2]
    for number, row in enumerate(rows):
        if (row.family, row.pos) != (family, pos):
            yield f"{path.name}: {row} is not of this file's family and part of speech"
        if number and _key(rows[number - 1]) >= _key(row):
            yield f"{path.name}: {row} is not in its sorted place, or stands twice"


def _key(row: Row) -> tuple[str, str, str]:
    return row.spun, row.original, row.context


def lint_rows(rows: Iterable[Row]) -> Iterator[str]:
    """Complaints about rows as a whole: bare function words, characters of lists, cycles inside a family.

    >>> list(lint_rows([Row("to", "for")]))
    ['user phrase: to -> for: a function word needs a context']
    """
    rows = list(rows)
    pairs = {(row.family, row.pos, row.spun, row.original) for row in rows}
    for row in rows:
        if row.spun in FUNCTION_WORDS and not row.context:
            yield f"{row}: a function word needs a context"
        if set('/|()[]{}\\"') & set(row.spun + row.original):
            yield f"{row}: a phrase is plain words; give each variant its own row"
        if row.spun < row.original and (row.family, row.pos, row.original, row.spun) in pairs:
            yield f"{row}: the opposite row stands in the same family; keep the better attested"
