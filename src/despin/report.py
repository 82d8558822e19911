"""What despin found in a text and what it would change: a plan that can be read, filtered, applied, undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Alternative", "Change", "Edit", "Report", "places_made", "replaced"]

# start, end, and what is put in between
Change: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of the same place; `confidence` (0 to 1) is its posterior, `text` may equal what stands there."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Edit:
    """One repair: ``text[start:end] == before`` becomes `after`.

    Attributes:
        start, end: Offsets in code points of the original text.
        before, after: What stands there, and what is put in its place.
        confidence: Calibrated probability (0 to 1) that the repair is right.
        alternatives: Other readings, most probable first.
        rule: What is behind the edit: a dictionary row (``news verb: state -> say``), ``article``, ``numeral``
            or ``typography: ...``.
    """

    start: int
    end: int
    before: str
    after: str
    confidence: float
    alternatives: tuple[Alternative, ...] = ()
    rule: str = ""

    def to_dict(self) -> dict[str, Any]:
        """A plain structure for JSON."""
        return {
            "start": self.start,
            "end": self.end,
            "before": self.before,
            "after": self.after,
            "confidence": round(self.confidence, 4),
            "alternatives": [{"text": a.text, "confidence": round(a.confidence, 4)} for a in self.alternatives],
            "rule": self.rule,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Edit:
        """The edit that `to_dict` gave."""
        others = tuple(Alternative(a["text"], a["confidence"]) for a in data.get("alternatives", ()))
        return cls(
            data["start"], data["end"], data["before"], data["after"], data["confidence"], others, data.get("rule", "")
        )


@dataclass(frozen=True, slots=True)
class Report:
    """A text with the edits proposed for it.

    Attributes:
        text: The text that was inspected, unchanged.
        edits: Sorted by `start`, never overlapping.
        spin: Probability (0 to 1) that the text was spun.
        rate: Estimated spin rate (0 to 1): of the places the spinner could have replaced, the share it did.
        skipped: Repairs that were considered and not proposed because their confidence is too low, sorted by `start`.
        family: The family of spinners that explains the text best (``news``, ``academic``, ...); empty where the
            rate is 0.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    spin: float = 0.0
    rate: float = 0.0
    skipped: tuple[Edit, ...] = field(default=(), repr=False)
    family: str = ""

    def apply(self, where: Callable[[Edit], bool] | None = None) -> str:
        """The text with its edits made, or only those for which `where` is true.

        The very same object comes back when nothing changes. Linear in the length of the text.

        >>> from despin.report import Edit, Report
        >>> report = Report("they stated so", (Edit(5, 11, "stated", "said", 0.9),))
        >>> report.apply(), report.apply(lambda edit: edit.confidence > 0.95)
        ('they said so', 'they stated so')
        """
        chosen = [edit for edit in self.edits if where is None or where(edit)]
        if not chosen:
            return self.text
        return replaced(self.text, ((edit.start, edit.end, edit.after) for edit in chosen))

    def revert(self, repaired: str | None = None) -> str:
        """Undo: the original text, computed back from the fully repaired one.

        Args:
            repaired: The repaired text (default: `apply()`), exactly as despin gave it.

        Raises:
            ValueError: `repaired` is not what `apply()` gives, so offsets would not fit.
        """
        fixed = self.apply() if repaired is None else repaired
        if fixed != self.apply():
            raise ValueError("the given text is not this report's repaired text; pass what apply() returned")
        places = zip(places_made(self.edits), self.edits, strict=True)
        return replaced(fixed, ((start, end, edit.before) for (start, end), edit in places))

    def to_dict(self) -> dict[str, Any]:
        """A plain structure for JSON: ``spin``, ``rate``, ``family`` and ``edits`` (without the text itself)."""
        return {
            "spin": round(self.spin, 4),
            "rate": round(self.rate, 4),
            "family": self.family,
            "edits": [edit.to_dict() for edit in self.edits],
            "skipped": [edit.to_dict() for edit in self.skipped],
        }

    def to_json(self, indent: int | None = None) -> str:
        """`to_dict` as JSON text."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)


def places_made(edits: Iterable[Edit]) -> Iterator[tuple[int, int]]:
    """Where in the repaired text what each edit put there begins and ends.

    >>> list(places_made([Edit(0, 2, "he", "they", 0.9), Edit(3, 5, "is", "are", 0.9)]))
    [(0, 4), (5, 8)]
    """
    shift = 0
    for edit in edits:
        start = edit.start + shift
        yield start, start + len(edit.after)
        shift += len(edit.after) - (edit.end - edit.start)


def replaced(text: str, made: Iterable[Change]) -> str:
    """The text with changes made, which are sorted and disjoint. Linear in its length.

    >>> replaced("they stated so", [(5, 11, "said")])
    'they said so'
    """
    pieces: list[str] = []
    last = 0
    for start, end, after in made:
        pieces += (text[last:start], after)
        last = end
    pieces.append(text[last:])
    return "".join(pieces)
