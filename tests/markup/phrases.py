"""A stand-in for the decision what to repair, so that these tests hold where it is repaired, whatever is learned."""

from __future__ import annotations

import re

from despin.report import Edit, Report

PHRASES = {
    "stated": "said",
    "has actually": "has",
    "actually ": "",
    "the 2": "the two",
    "equivalent": "counterpart",
    "take a trip": "travel",
    "go over methods": "discuss methods",
    "very first": "first",
    "considering that": "since",
    "see": "visit",
    "ended up being": "became",
    "less and less choices": "fewer and fewer options",
    "” Of": "“Of",
    "war– a": "war – a",
    "12- point": "12-point",
    "AT and T": "AT&T <co>",
}
_PATTERN = re.compile("|".join(re.escape(p) for p in sorted(PHRASES, key=len, reverse=True)).replace("\\ ", r"\s+"))


class Phrases:
    """Finds fixed phrases, wherever they are; `texts` has every text that it was shown."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def inspect(
        self, text: str, *, spun: bool | None = None, prior: float | None = None, rate: float | None = None
    ) -> Report:
        self.texts.append(text)
        edits = []
        for found in _PATTERN.finditer(text):
            after = PHRASES.get(found[0]) or PHRASES.get(" ".join(found[0].split()), "")
            edits.append(Edit(found.start(), found.end(), found[0], after, 0.9, (), "fixed"))
        return Report(text, tuple(edits), 1.0, 0.5)

    def score(self, text: str) -> Report:
        return Report(text, (), 1.0, 0.5)
