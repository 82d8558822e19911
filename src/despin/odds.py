"""Probabilities as log-odds, so that independent evidence adds up."""

from __future__ import annotations

from math import exp, log

__all__ = ["expit", "logit", "shifted"]

_LEAST = 1e-12  # nearer to 0 or 1 than this no evidence counts


def logit(p: float) -> float:
    """Log-odds of a probability, from -27.6 to 27.6.

    >>> logit(0.5), round(logit(1.0), 1)
    (0.0, 27.6)
    """
    p = min(max(p, _LEAST), 1 - _LEAST)
    return log(p / (1 - p))


def expit(x: float) -> float:
    """The probability that has these log-odds."""
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def shifted(p: float, by: float) -> float:
    """A probability with `by` added to its log-odds; 0 and 1 are certain and stay.

    >>> round(shifted(0.5, 2.0), 3), shifted(1.0, -9.0)
    (0.881, 1.0)
    """
    return expit(logit(p) + by) if by and 0 < p < 1 else p
