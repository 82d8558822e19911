"""How reliable a written form proved in annotated passages: log odds that it is right, relative to all forms, and in
how many hands' passages it was right, and wrong.

A form seen seldom, or never, is taken to be like the others of its rows: what "saw" for "visited" proved tells of "see"
for "visit" (shrinkage in two steps, a hierarchical prior: Gelman and Hill 2007, chapter 12).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from despin.channel.link import Entry
from despin.channel.rows import Row
from despin.learn.fitted import Reliability, hands_code
from despin.learn.gold import LISTED

if TYPE_CHECKING:
    from despin.learn.learner import Example

__all__ = ["Lemmas", "reliabilities"]

Pair = tuple[str, str]
Counts = Mapping[Pair, list[float]]

# Strength of the prior, in observations: all forms for the forms of a row, these for one of them.
_SHRINK, _SHRINK_FORM = 2.0, 3.0


class Lemmas:
    """The rows of a written pair, named by their two sides, and of a spun form (paired with ""), by their spun one."""

    def __init__(self, rows: Sequence[Row], forms: Iterable[Entry]) -> None:
        self.of: defaultdict[Pair, set[Pair]] = defaultdict(set)
        for form in forms:
            row = rows[form.row]
            self.of[form.spun, form.original].add((row.spun, row.original))
            self.of[form.spun, ""].add((row.spun, ""))

    def known(self, counts: Counts) -> tuple[Counts, set[Pair]]:
        """The counts of pairs added up for their rows, and every pair of these rows."""
        found: defaultdict[Pair, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for pair, (wrong, right) in counts.items():
            for lemma in self.of.get(pair, ()):
                found[lemma][0] += wrong
                found[lemma][1] += right
        return found, {pair for pair, lemmas in self.of.items() if not found.keys().isdisjoint(lemmas)}


def reliabilities(
    examples: Sequence[Example],
    lemmas: Lemmas,
    folds: Iterable[int] | None = None,
    rounds: int = 1,
    hands_share: float = 1.0,
) -> dict[Pair, Reliability]:
    """What a form, or a pair of forms, proved.

    Args:
        examples: Proposed edits, those of each passage as often as there are `rounds`.
        lemmas: The rows of forms.
        folds: Those that tell; None: all of them.
        rounds: How often each passage is there.
        hands_share: By what to multiply numbers of hands, which grow with the passages, so that they are like those
            that other folds tell.
    """
    chosen = None if folds is None else set(folds)
    counted = [e for e in examples if e.spun_side and e.evidence and (chosen is None or e.fold in chosen)]
    # listed passages are easier, more of their edits are right: each is counted so that it tells as much as elsewhere
    share, listed_share = (_share_right([e for e in counted if (e.source == LISTED) == listed]) for listed in (0, 1))
    scale = {LISTED: ((1 - share) / (1 - listed_share), share / listed_share)}
    counts: defaultdict[Pair, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for example in counted:
        weight = example.evidence / rounds * scale.get(example.source, (1.0, 1.0))[example.right]
        for pair in {(example.before, ""), (example.before, example.after)}:  # for a deletion they are one
            counts[pair][example.right] += weight
    bearing_out, against = (_hands(counted, right) for right in (True, False))
    by_lemma, pairs = lemmas.known(counts)
    base = math.log(share / (1 - share))
    result = {}
    for pair in sorted(pairs | set(counts)):
        seen = [by_lemma[lemma] for lemma in lemmas.of.get(pair, ()) if lemma in by_lemma]
        prior = _shrunk(sum(right for _, right in seen), sum(wrong for wrong, _ in seen), share, _SHRINK)
        wrong, right = counts.get(pair, (0.0, 0.0))
        p = _shrunk(right, wrong, prior, _SHRINK_FORM)
        codes = (hands_code(hands_share * len(hands.get(pair, ()))) for hands in (bearing_out, against))
        result[pair] = Reliability(math.log(p / (1 - p)) - base, *codes)
    return result


def _hands(examples: Sequence[Example], right: bool) -> Mapping[Pair, set[str]]:
    """In whose passages each pair is right, or wrong, and the edits of each spun form are."""
    hands: defaultdict[Pair, set[str]] = defaultdict(set)
    for example in examples:
        if example.right == right:
            hands[example.before, ""].add(example.hand)
            hands[example.before, example.after].add(example.hand)
    return hands


def _shrunk(right: float, wrong: float, prior: float, strength: float) -> float:
    """The share that is right, drawn towards a prior one."""
    return (right + strength * prior) / (right + wrong + strength)


def _share_right(examples: Sequence[Example]) -> float:
    total = [1.0, 1.0]
    for example in examples:
        total[example.right] += example.evidence
    return total[1] / sum(total)
