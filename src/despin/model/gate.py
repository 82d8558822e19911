"""The table of the first look in the model file: how much likelier each word is in spun text than in sound text."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["gate_sections", "read_gate"]


def gate_sections(weights: Mapping[str, int], sections: Mapping[str, bytes]) -> dict[str, bytes]:
    """The section ``vocab.gate``: a signed byte for each word of the other sections, weights in 32nds."""
    raw, text = sections["vocab.offsets"], sections["vocab.text"]
    at = struct.unpack(f"<{len(raw) // 4}I", raw)
    values = [weights.get(text[a:b].decode(), 0) for a, b in itertools.pairwise(at)]
    return {"vocab.gate": struct.pack(f"<{len(values)}b", *values)}


def read_gate(models: Path) -> tuple[dict[str, int], dict[str, Any] | None]:
    """Weights by word and the decision on their sums (learn/gate.py writes both); nothing where they are missing."""
    if not (models / "gate.json").exists():
        return {}, None
    lines = (models / "gate.tsv").read_text("utf-8").split("\n")[2:]
    weights = {word: int(value) for word, value in (line.split("\t") for line in lines if line)}
    return weights, json.loads((models / "gate.json").read_text("utf-8"))
