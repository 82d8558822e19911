"""A user's regular expressions: run by the package `regex`, because what `re` has begun cannot be stopped.

The package reads patterns as `re` does, and knows more (``\\p{Lu}``, ``[[:alpha:]]``).
It is imported when there is one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard

from despin.errors import ConfigError, SlowPatternError

if TYPE_CHECKING:
    import regex

__all__ = ["compiled", "find_spans", "is_pattern", "seconds_for"]

_SECONDS = 1.0  # on one text, and as long again
_CHARACTERS = 1_000_000  # for so many of them
_FLAGS = "AILMSUX"  # of the same meaning in both packages, but with other numbers
_SHOWN = 40


def compiled(pattern: str) -> regex.Pattern[str]:
    """A pattern that can be stopped.

    Raises:
        ConfigError: It is wrong; the message says why and where.

    >>> compiled("(a")
    Traceback (most recent call last):
    ...
    despin.errors.ConfigError: missing ) at position 2
    """
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ConfigError(str(error)) from None


def is_pattern(rule: object) -> TypeGuard[re.Pattern[Any] | regex.Pattern[Any]]:
    """Whether it is a compiled pattern of either package."""
    regex = sys.modules.get("regex")  # its patterns can only come from someone who imported it
    return isinstance(rule, re.Pattern) or (regex is not None and isinstance(rule, regex.Pattern))


def find_spans(pattern: re.Pattern[str] | regex.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Start and end of every match.

    Raises:
        SlowPatternError: It took too long; the message says how the text begins.
        ConfigError: A pattern of `re` that `regex` does not take.

    >>> find_spans(re.compile("(?i)xi"), "Xi, XI")
    [(0, 2), (4, 6)]
    """
    stoppable = _stoppable(pattern) if isinstance(pattern, re.Pattern) else pattern
    with seconds_for(text) as seconds:
        return [match.span() for match in stoppable.finditer(text, timeout=seconds)]


@contextmanager
def seconds_for(text: str) -> Iterator[float]:
    """How long a pattern may run on a text: one second, and one more for each million characters.

    Raises:
        SlowPatternError: What runs within took longer, by its `TimeoutError`.
    """
    seconds = _SECONDS * (1 + len(text) / _CHARACTERS)
    try:
        yield seconds
    except TimeoutError as error:
        begins = text[:_SHOWN] + "..." * (len(text) > _SHOWN)
        raise SlowPatternError(f"took longer than {seconds:.3g} s on the text {begins!r}; simplify it") from error


@lru_cache(64)
def _stoppable(pattern: re.Pattern[str]) -> regex.Pattern[str]:
    import regex

    flags = sum(int(getattr(regex, name)) for name in _FLAGS if pattern.flags & getattr(re, name))
    try:
        return regex.compile(pattern.pattern, flags)
    except regex.error as error:
        raise ConfigError(f"the package regex, which runs it, does not take it: {error}") from None
