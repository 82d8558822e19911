"""Ablations of the model for `quality.py`: despin with one part switched off, and nothing learned again without it.

What a part is worth once everything else has been fitted without it stands in docs/design.md, as measured when it was
built; here anybody can see what it does in the model that is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from baselines import MODEL, Without

import despin
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.model.container import Container

__all__ = ["ablations"]

Repair = Callable[[str], str]

# Scales of the lattice that say how much a kind of evidence counts.
_LATTICE = {
    "context embeddings": {"topic": 0.0},
    "words restored elsewhere in the text": {"cache": 0.0},
    "reliability of rows": {"trust": 0.0},
    "article clashes": {"clash": 0.0},
    "probability of the rows": {"channel_scale": 0.0},
}


def _with(decision: dict[str, Any], model: Model) -> Repair:
    tool = despin.Repairer()
    tool._decoder = Decoder(model, None, decision)
    return tool.repair


def ablations() -> dict[str, Repair]:
    """despin without one part, by name."""
    container = Container(MODEL)
    model, decision = Model(container), container.metadata["decision"]
    found = {
        f"despin without {name}": _with({**decision, "lattice": {**decision["lattice"], **scales}}, model)
        for name, scales in _LATTICE.items()
    }
    config = despin.Config()
    found["despin without weights of words"] = _with(
        {key: value for key, value in decision.items() if key != "gate"}, Model(Without(container, "vocab.gate"))
    )
    settings = {
        "the decision on the text": replace(config, min_spin=0.0),
        "the decision on each edit": replace(config, min_confidence=0.0),
        "damaged phrases": replace(config, fuzzy=False),
        "typography": replace(config, typography=False),
    }
    return found | {f"despin without {name}": despin.Repairer(config=c).repair for name, c in settings.items()}
