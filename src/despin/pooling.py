"""One source, one habit: what the texts of a site, taken together, say about each of them.

A short text tells little about itself, its site tells more. The model, an empirical Bayes one:

* A share `theta` of a group's texts is spun. A text's own evidence is the ratio
  ``b = P(text | spun) / P(text | sound)``: the odds of its spin score. (Checked on annotated passages cut to one, two,
  four and all sentences: the logarithm of the ratio of frequencies follows the score's log-odds from -7 to 7, by up to
  2 above them between -2 and 5.) No text counts for more than `MOST`.
* A group's likelihood is ``prod(1 - theta + theta * b)``. It is kept as its logarithm at the points of `SHARES`, so a
  group takes constant memory, groups can be added up, and a text can be taken out again.
* How likely each share is before a group is seen is learned from the groups themselves (the mixing distribution, found
  by expectation maximisation, Laird 1978), held near one with the mean `BASE_SHARE`.
* Every term is a multiple of 2**-24 and a sum stays below 2**29, so sums are exact: they are the same in any order, and
  wherever a part of them was added up.
* A text without a word says nothing of its group, whether the machine at hand reads such records or leaves them out.
* What a group lends to a text is the expected share in the group *without the text itself*, as log-odds, relative to
  the expected share in a group of which nothing is known: where nothing is known nothing changes.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import nsmallest
from math import exp, log
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from despin.odds import expit, logit
from despin.report import Report

if TYPE_CHECKING:
    from despin.repairer import Repairer

__all__ = [
    "BASE_SHARE",
    "MOST",
    "NOTHING",
    "SAMPLE",
    "SHARES",
    "Evidence",
    "Lent",
    "Pool",
    "Prior",
    "evidence",
    "inspected",
    "repaired",
    "sample_key",
]

SHARES = (0.002, 0.01, 0.03, 0.07, 0.12, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.96, 0.99)
BASE_SHARE = 0.1
MOST = 5.0  # log of the ratio: as far as annotated passages bear the score out
SAMPLE = 5000  # groups that the mixing distribution is learned from
_ROUNDS = 40
_GRID = 2.0**24
_STRENGTH = 4.0  # how many groups the distribution at the outset is worth
_KEPT = struct.Struct("<2f")  # what is kept of a text between the two passes, wherever it is kept


class Evidence(NamedTuple):
    """What a text says by itself: the log-odds of its spin score, and its spin rate; both are 32-bit numbers."""

    log_odds: float
    rate: float


class Prior(NamedTuple):
    """What a group lends a text: log-odds to add to its own, and the spin rate of the group's spun texts."""

    log_odds: float
    rate: float


class Lent(NamedTuple):
    """What is known of a text before it is read: what its group lends it, and its own log-odds (None: not known)."""

    log_odds: float
    rate: float
    own: float | None


NOTHING = Lent(0.0, 0.0, None)


class Pool:
    """The evidence of each group.

    Args:
        mixing: How likely each of `SHARES` is before a group is seen, as another pool's `mixing`; None: nothing is
            known until `fit`.

    >>> pool = Pool()
    >>> for odds in (4.0, 5.0, 6.0, 5.0, -2.2):
    ...     pool.add(pool.group("spun.example"), odds, 0.4 if odds > 0 else 0.0)
    >>> for odds in (-3.8, -3.9, -2.2, -4.0, 2.0):
    ...     pool.add(pool.group("sound.example"), odds, 0.0)
    >>> pool.fit()
    >>> pool.prior(0, -2.2).log_odds > 1, pool.prior(1, 2.0).log_odds < -1
    (True, True)
    """

    def __init__(self, mixing: Sequence[float] | None = None) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._likelihood = array("d")
        self._texts = array("q")
        self._spun = array("d")
        self._rate = array("d")
        self._mixing = list(mixing) if mixing is not None else _at_outset(BASE_SHARE)

    @property
    def mixing(self) -> tuple[float, ...]:
        """How likely each of `SHARES` is before a group is seen."""
        return tuple(self._mixing)

    def group(self, name: str) -> int:
        """The number of a group; a new one for a new name."""
        number = self._numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
            self._likelihood.extend([0.0] * len(SHARES))
            self._texts.append(0)
            self._spun.append(0.0)
            self._rate.append(0.0)
        return number

    def add(self, group: int, log_odds: float, rate: float) -> None:
        """Add a text: the log-odds of its spin score, and its spin rate."""
        at = group * len(SHARES)
        for k, value in enumerate(_evidence(log_odds)):
            self._likelihood[at + k] += value
        self._texts[group] += 1
        spin = expit(log_odds)
        self._spun[group] += _on_grid(spin)
        self._rate[group] += _on_grid(spin * rate)

    def sums(self, group: int) -> tuple[float, ...]:
        """All that is known of a group, as numbers that add up: texts, spun texts, their rates, likelihoods."""
        return float(self._texts[group]), self._spun[group], self._rate[group], *self._row(group)

    def add_sums(self, group: int, sums: Sequence[float]) -> None:
        """Add the texts of a group that were added up elsewhere, see `sums`.

        >>> pool, other = Pool(), Pool()
        >>> pool.add(pool.group("a.example"), 2.0, 0.3)
        >>> other.add_sums(other.group("a.example"), pool.sums(0))
        >>> other.sums(0) == pool.sums(0)
        True
        """
        texts, spun, rate, *likelihood = sums
        self._texts[group] += int(texts)
        self._spun[group] += spun
        self._rate[group] += rate
        for k, value in enumerate(likelihood, group * len(SHARES)):
            self._likelihood[k] += value

    def fit(self) -> None:
        """Learn how shares are spread over groups; needed once, after the last text and before the first prior.

        The order in which groups came does not matter.
        """
        outset = self._mixing
        sample = nsmallest(SAMPLE, range(len(self.names)), key=lambda group: sample_key(self.names[group]))
        rows = [self._row(group) for group in sample]
        weights = list(outset)
        for _ in range(_ROUNDS):
            sums = [_STRENGTH * value for value in outset]
            for row in rows:
                for k, value in enumerate(_posterior(row, weights)):
                    sums[k] += value
            weights = [value / (len(rows) + _STRENGTH) for value in sums]
        self._mixing = weights

    def prior(self, group: int, log_odds: float) -> Prior:
        """What the other texts of a group say about the text that was added with these log-odds."""
        others = [total - own for total, own in zip(self._row(group), _evidence(log_odds), strict=True)]
        share = _mean(_posterior(others, self._mixing))
        return Prior(logit(share) - logit(_mean(self._mixing)), self.rate(group))

    def lend(self, group: int | None, own: float | None) -> Lent:
        """What a group lends to a text of it that was added with these log-odds.

        Args:
            group: None for a text that is of none.
            own: None for a text that had nothing to add, see `evidence`.
        """
        if own is None:
            return NOTHING
        return Lent(0.0, 0.0, own) if group is None else Lent(*self.prior(group, own), own)

    def texts(self, group: int) -> int:
        """How many texts a group has."""
        return self._texts[group]

    def share(self, group: int) -> float:
        """The expected share (0 to 1) of spun texts in a group."""
        return _mean(_posterior(self._row(group), self._mixing))

    def rate(self, group: int) -> float:
        """The mean spin rate (0 to 1) of a group's texts, weighted by how likely each is spun."""
        return self._rate[group] / self._spun[group] if self._spun[group] > 0 else 0.0

    def _row(self, group: int) -> Sequence[float]:
        return self._likelihood[group * len(SHARES) : (group + 1) * len(SHARES)]


def evidence(report: Report) -> Evidence | None:
    """What a text that was scored adds to its group; None if there is no text in it.

    >>> evidence(Report("A text.", spin=0.5)), evidence(Report(" ", spin=0.5))
    (Evidence(log_odds=0.0, rate=0.0), None)
    """
    if not report.text or report.text.isspace():
        return None
    return Evidence(*_KEPT.unpack(_KEPT.pack(logit(report.spin), report.rate)))


def inspected(repairer: Repairer, text: str, lent: Lent, *, spun: bool | None = None, brief: bool = False) -> Report:
    """A report on a text in the light of what is known of it.

    A text that its own score and its group keep closed stays as it is.

    Args:
        spun: See `despin.Repairer.repair`.
        brief: Such a text is not even read: the report has its spin, and neither rate nor family.
    """
    closed = False
    if spun is None and lent.own is not None:
        spin = expit(lent.own + lent.log_odds)
        closed = spin < repairer.config.min_spin
        if closed and brief:
            return Report(text, (), spin)
    report = repairer.inspect(text, spun=spun, prior=lent.log_odds, rate=lent.rate or None)
    # the score that was kept is a 32-bit number: it decides, whether the text is read or not
    return replace(report, edits=(), spin=spin) if closed and report.edits else report


def repaired(repairer: Repairer, text: str, lent: Lent, *, spun: bool | None = None) -> str:
    """The text that `inspected` would give, without the reasons; the very same object where nothing changes."""
    if spun is None and lent.own is not None and expit(lent.own + lent.log_odds) < repairer.config.min_spin:
        return text
    return repairer.repair(text, spun=spun, prior=lent.log_odds, rate=lent.rate or None)


def sample_key(name: str) -> tuple[int, str]:
    """By this order the first `SAMPLE` groups are a sample: unrelated to their sites, and the same everywhere."""
    return crc32(name.encode("utf-8", "surrogatepass")), name


def _evidence(log_odds: float) -> list[float]:
    """Log-likelihood of a text at each share."""
    ratio = exp(max(-MOST, min(log_odds, MOST)))
    return [_on_grid(log(1 - share + share * ratio)) for share in SHARES]


def _on_grid(value: float) -> float:
    return round(value * _GRID) / _GRID


def _posterior(row: Iterable[float], weights: Sequence[float]) -> list[float]:
    logs = [value + log(weight) for value, weight in zip(row, weights, strict=True)]
    most = max(logs)
    terms = [exp(value - most) for value in logs]
    total = sum(terms)
    return [term / total for term in terms]


def _mean(weights: Sequence[float]) -> float:
    return sum(share * weight for share, weight in zip(SHARES, weights, strict=True))


def _at_outset(mean: float) -> list[float]:
    """A flat distribution over `SHARES`, tilted so that its mean is the given one."""
    low, high = -60.0, 60.0
    for _ in range(80):
        tilt = (low + high) / 2
        terms = [exp(tilt * (share - 0.5)) for share in SHARES]
        weights = [term / sum(terms) for term in terms]
        low, high = (tilt, high) if _mean(weights) < mean else (low, tilt)
    return weights
