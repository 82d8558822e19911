"""The first look at a text, by its words alone (decode/gate.pxi)."""

from __future__ import annotations

import math
import struct
from typing import Any

from tests.reference.model import ReferenceModel
from tests.reference.scan import scan


def score(model: ReferenceModel, gate: dict[str, Any], text: str) -> float:
    """Log odds that a text is spun."""
    raw = model.container.section("vocab.gate")
    weights = struct.unpack(f"<{len(raw)}b", raw)
    tokens = scan(text)
    total = sum(weights[model.ids[token.hash]] for token in tokens if token.hash in model.ids)
    n = max(60, len(tokens))
    return sum(w * f for w, f in zip(gate["weights"], (1, math.log(n) - 5, 10 * total / 32 / n), strict=True))
