"""Logistic regression by Newton's method, with an L2 penalty: small, exact, the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_logistic", "predict"]

F64 = NDArray[np.float64]


def predict(x: F64, weights: F64) -> F64:
    """Probabilities for the rows of `x`."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ weights, -30, 30))))


def fit_logistic(x: F64, y: F64, importance: F64, penalty: float = 1.0, rounds: int = 30) -> F64:
    """Weights that maximise the penalised likelihood; features are scaled inside, the first (bias) is not penalised."""
    scale = x.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z = x / scale
    weights = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], penalty)
    ridge[0] = 1e-6
    for _ in range(rounds):
        p = predict(z, weights)
        gradient = z.T @ (importance * (y - p)) - ridge * weights
        hessian = (z * (importance * p * (1 - p))[:, None]).T @ z + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.asarray(weights / scale)
