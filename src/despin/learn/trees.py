"""Gradient-boosted trees for the decisions: fitted with LightGBM (Ke et al. 2017), evaluated by the core."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.learn.features import EDIT_FEATURES, TEXT_FEATURES

__all__ = [
    "EDIT",
    "FORESTS",
    "OPINION",
    "TEXT",
    "Forest",
    "Trees",
    "fit_trees",
    "plain",
    "read_forests",
    "tree_sections",
    "write_trees",
]

F64 = NDArray[np.float64]

_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.4,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_BRANCH = struct.Struct("<fhH")
_DIGITS = 6

# A branch: (feature, threshold, the branch above it), the one below is the next; or a leaf: (-1, value, 0).
Trees = list[list[tuple[int, float, int]]]


@dataclass(frozen=True)
class Forest:
    """How the trees of a decision are grown.

    Attributes:
        name: Of its file in ``models/``.
        features: Names, in the order of the core.
        rounds: Number of trees.
        settings: LightGBM's, beside the common ones.
        rising: Features of which more is never a reason against.
        without: Features that it may not look at.
    """

    name: str
    features: tuple[str, ...]
    rounds: int
    settings: Mapping[str, Any]
    rising: frozenset[str] = frozenset()
    without: frozenset[str] = field(default=frozenset())


_RISING = frozenset(
    [
        "logit of the hypothesis's posterior",
        "log-probability gain on the decoded path / 4",
        "logit of the document's spin probability",
        "reliability of the row",
        "how often the spun phrase was spun",
        "topical gain",
        "words kept beside the change in the longest row that makes it",
        "hands whose passages bear the pair out, 3 log2 (1 + n)",
    ]
)
OPINION = Forest(
    "opinion",
    EDIT_FEATURES,
    60,
    {"num_leaves": 8, "learning_rate": 0.15, "min_data_in_leaf": 30, "lambda_l2": 5.0},
    _RISING,
    frozenset(["logit of the document's spin probability"]),
)
TEXT = Forest(
    "text",
    TEXT_FEATURES,
    200,
    {"num_leaves": 16, "learning_rate": 0.06, "min_data_in_leaf": 60, "lambda_l2": 10.0},
    frozenset(TEXT_FEATURES[20:])
    - {"sum of the words' weights per 10 tokens (at least 60)", "edits right in that opinion that spell a number"},
)
EDIT = Forest(
    "edit",
    EDIT_FEATURES,
    500,
    {"num_leaves": 32, "learning_rate": 0.045, "feature_fraction": 0.7, "min_data_in_leaf": 30, "lambda_l2": 5.0},
    _RISING,
)
FORESTS = (OPINION, TEXT, EDIT)  # as they stand in the model file


def fit_trees(forest: Forest, x: F64, y: F64, importance: F64, rounds: int = 1) -> Any:
    """A fitted LightGBM booster; the same input gives the same trees.

    `rounds`: so often is each case among the examples, and counts as much as one.
    """
    import lightgbm

    x = x.copy()
    x[:, [forest.features.index(name) for name in forest.without]] = 0
    monotone = [int(name in forest.rising) for name in forest.features]
    settings = {**_SETTINGS, **forest.settings, "monotone_constraints": monotone}
    settings["min_data_in_leaf"] *= rounds
    return lightgbm.train(settings, lightgbm.Dataset(x, y, weight=importance / rounds), num_boost_round=forest.rounds)


def plain(model: Any, slope: float = 1.0, intercept: float = 0.0) -> Trees:
    """The trees of a booster, their log odds scaled to calibrated ones."""
    trees: Trees = [[(-1, round(intercept, _DIGITS), 0)]]
    for tree in model.dump_model()["tree_info"]:
        branches: list[tuple[int, float, int]] = []
        _add(tree["tree_structure"], slope, branches)
        trees.append(branches)
    return trees


def _add(node: Mapping[str, Any], slope: float, branches: list[tuple[int, float, int]]) -> int:
    at = len(branches)
    if "leaf_value" in node:
        branches.append((-1, round(slope * node["leaf_value"], _DIGITS), 0))
        return at
    branches.append((0, 0.0, 0))
    _add(node["left_child"], slope, branches)
    right = _add(node["right_child"], slope, branches)
    branches[at] = (node["split_feature"], float(f"{node['threshold']:.9g}"), right)  # all digits of a 32-bit number
    return at


def write_trees(models: Path, forest: Forest, trees: Trees) -> None:
    """Write the trees of a forest as JSON, a tree a line."""
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees)
    (models / f"{forest.name}.json").write_text(f"[\n{lines}\n]\n", "utf-8")


def read_forests(models: Path) -> list[Trees]:
    """The trees of all forests, written by `write_trees`."""
    return [_read(models / f"{forest.name}.json") for forest in FORESTS]


def _read(path: Path) -> Trees:
    return [[tuple(branch) for branch in tree] for tree in json.loads(path.read_text("utf-8"))]


def tree_sections(forests: Sequence[Trees]) -> dict[str, bytes]:
    """The sections ``trees.forests``, ``trees.roots`` and ``trees.branches`` of the model file.

    Layout: decode/_model.pxd; a forest of no trees is written as one that always says 0.
    """
    roots, branches = [], bytearray()
    forests = [trees or [[(-1, 0.0, 0)]] for trees in forests]
    for tree in (tree for trees in forests for tree in trees):
        roots.append(len(branches) // _BRANCH.size)
        for at, (feature, value, right) in enumerate(tree):
            branches += _BRANCH.pack(value, feature, right and right - at)
    return {
        "trees.forests": struct.pack("<3i", *map(len, forests)),
        "trees.roots": struct.pack(f"<{len(roots)}i", *roots),
        "trees.branches": bytes(branches),
    }
