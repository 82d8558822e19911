"""Gradient-boosted trees for the edit decision: fitted with LightGBM (Ke et al. 2017), evaluated by the core."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.learn.features import EDIT_FEATURES

__all__ = ["Trees", "fit_trees", "read_trees", "tree_sections", "write_trees"]

F64 = NDArray[np.float64]

_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 16,
    "learning_rate": 0.03,
    "min_data_in_leaf": 30,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.4,
    "lambda_l2": 5.0,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_ROUNDS = 500
_BRANCH = struct.Struct("<diiii")
_DIGITS = 6
# More of these is never a reason to doubt an edit.
_RISING = (
    "logit of the hypothesis's posterior",
    "log-probability gain on the decoded path / 4",
    "logit of the document's spin probability",
    "reliability of the row",
    "how often the spun phrase was spun",
    "topical gain",
)

# A branch: (feature, threshold, left, right), or a leaf: (-1, value, 0, 0).
Trees = list[list[tuple[int, float, int, int]]]


def fit_trees(x: F64, y: F64, importance: F64) -> Any:
    """A fitted LightGBM booster; the same input gives the same trees."""
    import lightgbm

    settings = {**_SETTINGS, "monotone_constraints": [int(name in _RISING) for name in EDIT_FEATURES]}
    return lightgbm.train(settings, lightgbm.Dataset(x, y, weight=importance), num_boost_round=_ROUNDS)


def plain(model: Any, slope: float, intercept: float) -> Trees:
    """The trees of a booster, their log odds scaled to calibrated ones."""
    trees: Trees = [[(-1, round(intercept, _DIGITS), 0, 0)]]
    for tree in model.dump_model()["tree_info"]:
        branches: list[tuple[int, float, int, int]] = []
        _add(tree["tree_structure"], slope, branches)
        trees.append(branches)
    return trees


def _add(node: Mapping[str, Any], slope: float, branches: list[tuple[int, float, int, int]]) -> int:
    at = len(branches)
    if "leaf_value" in node:
        branches.append((-1, round(slope * node["leaf_value"], _DIGITS), 0, 0))
        return at
    branches.append((0, 0.0, 0, 0))
    left = _add(node["left_child"], slope, branches)
    right = _add(node["right_child"], slope, branches)
    branches[at] = (node["split_feature"], node["threshold"], left, right)
    return at


def write_trees(path: Path, trees: Trees) -> None:
    """Write trees as JSON, a tree a line."""
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")


def read_trees(path: Path) -> Trees:
    """Trees written by `write_trees`."""
    return [[tuple(branch) for branch in tree] for tree in json.loads(path.read_text("utf-8"))]


def tree_sections(trees: Sequence[Sequence[tuple[int, float, int, int]]]) -> dict[str, bytes]:
    """The sections ``trees.roots`` and ``trees.branches`` of the model file (layout: decode/_model.pxd)."""
    roots, branches = [], bytearray()
    for tree in trees:
        first = len(branches) // _BRANCH.size
        roots.append(first)
        for feature, value, left, right in tree:
            branches += _BRANCH.pack(value, feature, first + left, first + right, 0)
    return {"trees.roots": struct.pack(f"<{len(roots)}i", *roots), "trees.branches": bytes(branches)}
