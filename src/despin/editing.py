"""From what the decoder proposes to what is changed: bare changes for a repair, edits with reasons for a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from despin.config import Config
from despin.report import Alternative, Change, Edit
from despin.text import protect as protection
from despin.text.render import Draft, draft, fit_articles, part_neighbours

if TYPE_CHECKING:
    from despin.channel.overlay import RowTexts

__all__ = ["Found", "changes", "edits"]

Proposal: TypeAlias = tuple[Any, ...]

_TYPOGRAPHY_CONFIDENCE = 0.9


class Found(NamedTuple):
    """What inference says of a text: its spin, and the proposals (see `despin.decode`) if it is `opened` to repairs."""

    text: str
    spin: float
    rate: float = 0.0
    family: str = ""
    proposals: Sequence[Proposal] = ()
    opened: bool = False
    protected: Sequence[tuple[int, int]] = ()


def changes(found: Found, config: Config) -> list[Change]:
    """What a repair changes, sorted and disjoint: nothing is described."""
    text = found.text
    sure = (item for item in found.proposals if item[2] >= config.min_confidence)
    made: list[Change] = list(_fitted(text, _drafted(text, sure)))
    if config.typography and found.opened:
        spaces = [(start, end, after) for start, end, after, _rule in _spacing(found, made)]
        made = sorted([*made, *spaces], key=itemgetter(0))
    return made


def edits(found: Found, config: Config, rows: RowTexts) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
    """The same changes as edits, and those left out because their confidence is too low."""
    text = found.text
    drafted = _drafted(text, found.proposals)
    kept = [(made, item) for made, item in drafted if item[2] >= config.min_confidence]
    left = [(made, item) for made, item in drafted if item[2] < config.min_confidence]
    fitted = _fitted(text, kept)
    proposed = [_edit(text, made, item, rows) for made, (_draft, item) in zip(fitted, kept, strict=True)]
    if config.typography and found.opened:
        for start, end, after, rule in _spacing(found, fitted):
            reason = f"typography: {rule}"
            proposed.append(Edit(start, end, text[start:end], after, _TYPOGRAPHY_CONFIDENCE, (), reason))
        proposed.sort(key=lambda edit: edit.start)
    return tuple(proposed), tuple(_edit(text, made, item, rows) for made, item in left)


def _drafted(text: str, proposals: Iterable[Proposal]) -> list[tuple[Draft, Proposal]]:
    """The proposals that change something, with the change as it will look."""
    found: list[tuple[Draft, Proposal]] = []
    for item in proposals:
        made = draft(text, item[0], item[1], item[3])
        if made is not None and made.after != text[made.start : made.end]:
            found.append((made, item))
    return found


def _fitted(text: str, drafted: Iterable[tuple[Draft, Proposal]]) -> list[Draft]:
    """The changes as they look beside each other; as many as before."""
    return fit_articles(text, part_neighbours(text, [made for made, _item in drafted]))


def _edit(text: str, made: Draft, item: Proposal, rows: RowTexts) -> Edit:
    _start, _end, confidence, surface, row, own, others, _features = item
    best: dict[str, float] = {}
    for other, posterior, _row, _own in others:
        if other != surface:
            best[other] = best.get(other, 0.0) + posterior
    alternatives = sorted((Alternative(name, p) for name, p in best.items() if p >= 0.001), key=_by_confidence)
    return Edit(
        made.start,
        made.end,
        text[made.start : made.end],
        made.after,
        confidence,
        tuple(alternatives[:5]),
        rows.describe(row, own),
    )


def _by_confidence(alternative: Alternative) -> tuple[float, str]:
    return -alternative.confidence, alternative.text


def _spacing(found: Found, made: Iterable[Change]) -> list[tuple[int, int, str, str]]:
    """The spacing repairs that no other change and no protected span touches."""
    from despin.text.typography import repairs

    spaces = repairs(found.text)
    if not spaces:
        return []
    taken = protection.merge([*found.protected, *((start, end) for start, end, _after in made)])
    return list(compress(spaces, protection.clear_of((space[:2] for space in spaces), taken)))
