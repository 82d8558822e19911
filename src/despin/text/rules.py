"""What the user names as never to be edited: phrases, patterns, offsets, callables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from despin.errors import ConfigError, SlowPatternError
from despin.text.patterns import find_spans, is_pattern
from despin.text.protect import Span, merge

__all__ = ["Rule", "resolve"]

# `regex.Pattern` belongs here too, but naming it would import `regex`.
Rule: TypeAlias = str | re.Pattern[str] | Span | Callable[[str], Iterable[Span]] | Any


def resolve(text: str, rules: Iterable[Rule]) -> list[Span]:
    """Where the user's own rules protect `text`.

    Args:
        text: The text.
        rules: Each a literal phrase (`str`: every occurrence, case-sensitive), a compiled `re` or `regex` pattern
            (text/patterns.py), a pair of offsets, or a callable that takes the text and gives pairs of offsets.

    Raises:
        SlowPatternError: A pattern takes too long; the message has the pattern and how the text begins.
        ConfigError: A rule is of another type, empty, out of range or reversed, gives something else than offsets, or
            raises; the message has its number and the reason.

    Complexity: linear in the text for each phrase; patterns and callables cost what they cost.

    >>> resolve("Brand New Holdings, brand new", ["Brand New Holdings", (20, 25)])
    [(0, 18), (20, 25)]
    """
    if isinstance(rules, (str, bytes)) or not isinstance(rules, Iterable):
        raise ConfigError(f"protection rules are {type(rules).__name__}; give a list of rules")
    found: list[Span] = []
    for number, rule in enumerate(rules, 1):
        try:
            found += _resolve_one(text, rule)
        except SlowPatternError as error:
            raise SlowPatternError(f"protection rule {number} ({_shown(rule)}) {error}") from error.__cause__
        except _BadRuleError as error:
            raise ConfigError(f"protection rule {number} ({_shown(rule)}): {error}") from error.__cause__
    return merge(found)


class _BadRuleError(Exception):
    """Why one protection rule cannot be used."""


def _resolve_one(text: str, rule: Rule) -> Iterable[Span]:
    if isinstance(rule, str):
        return _occurrences(text, rule)
    if is_pattern(rule):
        return _matched(rule, text)
    if isinstance(rule, tuple):
        return [_checked(rule, text)]
    if callable(rule):
        return _called(rule, text)
    raise _BadRuleError("give a phrase, a compiled pattern, a pair of offsets, or a callable")


def _occurrences(text: str, phrase: str) -> Iterator[Span]:
    if not phrase:
        raise _BadRuleError("an empty phrase protects nothing; give some text or leave it out")
    start = text.find(phrase)
    while start >= 0:
        yield start, start + len(phrase)
        start = text.find(phrase, start + len(phrase))


def _matched(pattern: Any, text: str) -> list[Span]:
    if not isinstance(pattern.pattern, str):
        raise _BadRuleError("the pattern is for bytes; compile it from a str")
    try:
        return find_spans(pattern, text)
    except SlowPatternError:
        raise
    except ConfigError as error:
        raise _BadRuleError(str(error)) from None


def _called(rule: Callable[[str], Iterable[Span]], text: str) -> list[Span]:
    try:
        given = list(rule(text))
    except Exception as error:
        raise _BadRuleError(f"the callable failed with {type(error).__name__}: {error}") from error
    return [_checked(span, text) for span in given]


def _checked(span: Any, text: str) -> Span:
    if not isinstance(span, (tuple, list)) or len(span) != 2 or not all(type(offset) is int for offset in span):
        raise _BadRuleError(f"{_shown(span)} is no pair of whole numbers (start, end)")
    start, end = span
    if start > end:
        raise _BadRuleError(f"offsets ({start}, {end}) are reversed; give (start, end)")
    if start < 0 or end > len(text):
        raise _BadRuleError(f"offsets ({start}, {end}) are out of range; the text has {len(text)} code points")
    return start, end


def _shown(rule: Any) -> str:
    try:
        shown = ascii(rule.pattern if is_pattern(rule) else rule)
    except Exception:  # a foreign object may have a broken repr, and a message must still come
        shown = type(rule).__name__
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
