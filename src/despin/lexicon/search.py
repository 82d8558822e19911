"""Finding rows: by a piece of either side, or by what a written phrase triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from despin.channel.link import phrase_tokens
from despin.learn.fitted import Fitted
from despin.lexicon.lexicon import Lexicon, Located
from despin.lexicon.vocabulary import UPOS, base_forms
from despin.text.patterns import compiled, seconds_for

__all__ = ["Match", "Trigger", "search", "why"]

# Tokens that inflection adds, which no base form has.
_ADDED = frozenset({"'s", "'", "more", "most"})


@dataclass(frozen=True, slots=True)
class Match:
    """A row found; `form`: the written (spun, original) pair that matched, if the base forms do not."""

    found: Located
    exact: bool
    form: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A row that a written phrase triggers.

    Attributes:
        spun, original: The written forms.
        weight: P(spun | original) as used: learned where annotated passages changed the editor's.
        reliability: Learned log odds that this pair is right, relative to the average row; None: nothing was learned,
            or the installed model was asked, which does not tell.
        mark: The same for the spun form: that it was spun at all, whatever stood there.
    """

    found: Located
    spun: str
    original: str
    weight: float
    reliability: float | None
    mark: float | None


def search(
    lexicon: Lexicon, text: str, *, side: str | None = None, family: str | None = None, regex: bool = False
) -> Iterator[Match]:
    """Rows that hold `text` as whole words on a side, in base form or in another; rows that are just it come first.

    Args:
        side: ``spun`` or ``original`` (default: both).
        regex: `text` is a regular expression, searched for in base forms and in every inflected form.

    Raises:
        ConfigError: The regular expression is wrong, or (SlowPatternError) takes too long.
    """
    hits, plausible = _by_regex(text) if regex else _by_words(text)
    sides = (side,) if side else ("spun", "original")
    rows = [found for found in lexicon.rows if family in (None, found.row.family)]
    matches = (match for found in rows if (match := _match(lexicon, found, sides, hits, plausible)))
    yield from sorted(matches, key=lambda match: not match.exact)


_Hits = Callable[[str], int]  # 0: no, 1: within, 2: the whole of it


def _match(
    lexicon: Lexicon, found: Located, sides: Sequence[str], hits: _Hits, plausible: Callable[[str], bool]
) -> Match | None:
    row = found.row
    texts = [getattr(row, side) for side in sides]
    best = max(map(hits, texts))
    if best:
        return Match(found, best == 2)
    if not any(map(plausible, texts)):
        return None
    for form in lexicon.forms(row):
        best = max(hits(form[side == "original"]) for side in sides)
        if best:
            return Match(found, best == 2, form)
    return None


def _by_regex(text: str) -> tuple[_Hits, Callable[[str], bool]]:
    pattern = compiled(text)

    def hits(phrase: str) -> int:
        with seconds_for(phrase) as seconds:
            whole = pattern.fullmatch(phrase, timeout=seconds)
            return 2 if whole else int(bool(pattern.search(phrase, timeout=seconds)))

    return hits, lambda phrase: True


def _by_words(text: str) -> tuple[_Hits, Callable[[str], bool]]:
    wanted = phrase_tokens(text)
    bases = [_bases(word) for word in wanted if word not in _ADDED]

    def plausible(phrase: str) -> bool:  # cheap, and true of every row with a form that can match
        low = phrase.lower()
        return bool(bases) and all(any(base in low for base in some) for some in bases)

    def hits(phrase: str) -> int:
        if not plausible(phrase):
            return 0
        tokens = phrase_tokens(phrase)
        starts = range(len(tokens) - len(wanted) + 1)
        return (tokens == wanted) + int(any(tokens[at : at + len(wanted)] == wanted for at in starts))

    return hits, plausible


@cache
def _bases(word: str) -> frozenset[str]:
    """A word and every base form it may have."""
    return frozenset({word}).union(*(base_forms(word, pos) for pos in UPOS))


def why(lexicon: Lexicon, spun: str) -> list[Trigger]:
    """Every row that a written phrase, or a part of it, triggers: longest written form first, then by weight."""
    tokens = phrase_tokens(spun)
    parts = {tuple(tokens[a:b]) for a in range(len(tokens)) for b in range(a + 1, len(tokens) + 1)}
    words = frozenset(tokens).union(*map(_bases, tokens))
    found: list[Trigger] = []
    for located in lexicon.rows:
        row = located.row
        if words.issuperset(_split(row.spun)):
            forms = (form for form in lexicon.forms(row) if tuple(phrase_tokens(form[0])) in parts)
            found += (_trigger(lexicon.fitted, located, *form) for form in forms)
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda t: (-len(phrase_tokens(t.spun)), t.spun, -t.weight, t.original))


def _split(phrase: str) -> list[str]:
    low = phrase.lower()
    return low.split() if low.replace(" ", "").isalnum() else phrase_tokens(phrase)


def _trigger(fitted: Fitted | None, located: Located, spun: str, original: str) -> Trigger:
    row = located.row
    if fitted is None:
        return Trigger(located, spun, original, row.weight, None, None)
    pair, mark = (fitted.reliability.get((spun, side)) for side in (original, ""))
    [weight] = [learned.weight for learned in fitted.rows([row])]
    return Trigger(located, spun, original, weight, pair and pair.log_odds, mark and mark.log_odds)
