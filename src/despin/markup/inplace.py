"""The way of a marked-up document through a repairer: its text as one document, the edits back where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from despin.markup.textmap import Patch, TextMap
from despin.report import Edit, Report

__all__ = ["Inspector", "MarkupResult", "apply_patches", "plan", "repair_map"]


class Inspector(Protocol):
    """What is needed of a `despin.Repairer`."""

    def inspect(
        self, text: str, *, spun: bool | None = None, prior: float | None = None, rate: float | None = None
    ) -> Report:
        """See `despin.Repairer.inspect`."""


@dataclass(frozen=True, slots=True)
class MarkupResult:
    """A repaired document.

    Attributes:
        text: The document after the repair; the very object that was given if nothing changed.
        report: Of the document before it: ``report.text`` is the document, and edits have their offsets in it. An
            edit over tags has the tags in `before` and in `after`; ``report.apply(where=...)`` works as ever.
    """

    text: str
    report: Report


def plan(found: TextMap, edits: Sequence[Edit]) -> list[tuple[Edit, list[Patch]]]:
    """Edits of a map's text that can be made in its source, each with how; the others are left out.

    Complexity: linear in the edits, logarithmic in the markup.
    """
    planned = []
    for edit in edits:
        patches = found.patches(edit.start, edit.end, edit.after)
        if patches:
            planned.append((edit, patches))
    return planned


def repair_map(
    found: TextMap, repairer: Inspector, spun: bool | None, prior: float | None, rate: float | None
) -> MarkupResult:
    """Repair the text of a document and put the changes into its source."""
    report = repairer.inspect(found.text, spun=spun, prior=prior, rate=rate)
    edits = _in_source(found, report.edits)
    skipped = _in_source(found, report.skipped)
    report = replace(report, text=found.source, edits=edits, skipped=skipped)
    return MarkupResult(report.apply(), report)


def apply_patches(source: str, patches: Sequence[Patch]) -> str:
    """The source with sorted, disjoint patches made.

    >>> apply_patches("a <b>see</b>", [(5, 8, "visit")])
    'a <b>visit</b>'
    """
    pieces: list[str] = []
    last = 0
    for start, end, new in patches:
        pieces += (source[last:start], new)
        last = end
    return "".join([*pieces, source[last:]])


def _in_source(found: TextMap, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    made = []
    for edit, patches in plan(found, edits):
        start, end = patches[0][0], patches[-1][1]
        before = found.source[start:end]
        after = apply_patches(before, [(left - start, right - start, new) for left, right, new in patches])
        if start < end and before != after:
            made.append(replace(edit, start=start, end=end, before=before, after=after))
    return tuple(made)
