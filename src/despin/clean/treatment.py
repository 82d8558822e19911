"""What happens to the texts of one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import despin
from despin.errors import MissingExtraError
from despin.formats.base import Record, Treated
from despin.odds import shifted
from despin.pooling import NOTHING, Lent, inspected
from despin.report import Edit, Report

if TYPE_CHECKING:
    from despin.markup import Inspector
    from despin.repairer import Repairer

__all__ = ["SEAM", "Treatment", "check_mending"]

SEAM = "\n\n"  # between the texts of a record while they are judged together: as between paragraphs


class Treatment:
    """Repairs records. The texts of one record are judged as one document: a title shares its article's spin.

    Args:
        repairer: Does the work.
        spun: Whether the texts are known to be spun.
        annotate: Whether records are told what happened.
        only_score: Nothing is repaired.
        mend: Whether wrongly decoded characters are put right first.
    """

    def __init__(
        self,
        repairer: Repairer,
        spun: bool | None = None,
        *,
        annotate: bool = False,
        only_score: bool = False,
        mend: bool = False,
    ) -> None:
        self._repairer = repairer
        self._spun = spun
        self._annotate = annotate
        self._only_score = only_score
        self._mend = _mender() if mend else None

    def score(self, record: Record) -> Report:
        """Spin, rate and family of a record, nothing else."""
        return self._score(record, self._mended(record))

    def __call__(self, record: Record, lent: Lent = NOTHING) -> Treated:
        """Repair a record in the light of what its group lends it."""
        if not record.texts:
            return Treated((), (), Report(""))
        texts = self._mended(record)
        if self._only_score:
            return self._scored(record, texts, lent.log_odds)
        if record.content != "text":
            report, edits = self._markup(record, texts, self._repairer, lent)
        else:
            whole = SEAM.join(texts)
            report = inspected(self._repairer, whole, lent, spun=self._spun, brief=not self._annotate)
            edits = _by_text(texts, report.edits)
        edits = tuple(tuple(edit for edit in made if _fits(edit.after, record.encoding)) for made in edits)
        kept = [edit for shift, made in zip(_shifts(texts), edits, strict=True) for edit in _moved(made, shift)]
        report = replace(report, edits=tuple(kept))
        note = self._note(texts, edits, report)
        if not kept:
            return _as_it_is(texts, report, note)
        new = tuple(Report(text, made).apply() for text, made in zip(texts, edits, strict=True))
        spliced = tuple(
            made if text is old else None for made, text, old in zip(edits, texts, record.texts, strict=True)
        )
        return Treated(new, spliced, report, note)

    def _mended(self, record: Record) -> tuple[str, ...]:
        return tuple(self._mend(text) for text in record.texts) if self._mend else record.texts

    def _scored(self, record: Record, texts: tuple[str, ...], prior: float) -> Treated:
        found = self._score(record, texts)
        report = replace(found, spin=shifted(found.spin, prior))
        return _as_it_is(record.texts, report, self._note(texts, ((),) * len(texts), report))

    def _score(self, record: Record, texts: tuple[str, ...]) -> Report:
        if record.content == "text":
            return self._repairer.score(SEAM.join(texts))
        return self._markup(record, texts, _Scorer(self._repairer), NOTHING)[0]

    def _markup(
        self, record: Record, texts: tuple[str, ...], inspector: Inspector, lent: Lent
    ) -> tuple[Report, tuple[tuple[Edit, ...], ...]]:
        """A report on all texts, by the one that looks most spun, and the edits of each: documents, each by itself."""
        from despin.markup import repair_html, repair_markdown

        known: dict[str, Any] = {"spun": self._spun, "prior": lent.log_odds, "rate": lent.rate or None}
        if record.content == "html":
            reports = [repair_html(text, inspector, encoding=record.encoding, **known).report for text in texts]
        else:
            reports = [repair_markdown(text, inspector, **known).report for text in texts]
        most = max(reports, key=lambda report: report.spin)
        whole = Report(SEAM.join(texts), (), most.spin, most.rate, family=most.family)
        return whole, tuple(report.edits for report in reports)

    def _note(self, texts: Sequence[str], edits: Sequence[Sequence[Edit]], report: Report) -> dict[str, Any] | None:
        if not self._annotate:
            return None
        return {
            "spin": round(report.spin, 4),
            "rate": round(report.rate, 4),
            "family": report.family,
            "edits": [_edit_note(edit, number) for number, made in enumerate(edits) for edit in made],
            "version": despin.__version__,
        }


class _Scorer:
    """Inspects without decoding."""

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer

    def inspect(
        self, text: str, *, spun: bool | None = None, prior: float | None = None, rate: float | None = None
    ) -> Report:
        return self._repairer.score(text)


def _edit_note(edit: Edit, text: int) -> dict[str, Any]:
    return {
        "text": text,
        "start": edit.start,
        "end": edit.end,
        "before": edit.before,
        "after": edit.after,
        "confidence": round(edit.confidence, 4),
        "rule": edit.rule,
    }


def _as_it_is(texts: tuple[str, ...], report: Report, note: dict[str, Any] | None = None) -> Treated:
    return Treated(texts, (None,) * len(texts), report, note)


def _shifts(texts: Sequence[str]) -> list[int]:
    """Where each text begins in all of them joined."""
    shifts, at = [], 0
    for text in texts:
        shifts.append(at)
        at += len(text) + len(SEAM)
    return shifts


def _moved(edits: Sequence[Edit], by: int) -> list[Edit]:
    return [replace(edit, start=edit.start + by, end=edit.end + by) if by else edit for edit in edits]


def _by_text(texts: Sequence[str], edits: Sequence[Edit]) -> tuple[tuple[Edit, ...], ...]:
    """The edits of each text, offsets in it; those across a seam are left out."""
    found: list[tuple[Edit, ...]] = []
    at = 0
    for text, shift in zip(texts, _shifts(texts), strict=True):
        end = shift + len(text)
        own = []
        while at < len(edits) and edits[at].start < end + len(SEAM):
            if edits[at].start >= shift and edits[at].end <= end:
                own.append(edits[at])
            at += 1
        found.append(tuple(_moved(own, -shift)))
    return tuple(found)


def _fits(text: str, encoding: str) -> bool:
    if encoding == "utf-8":
        return True
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def check_mending() -> None:
    """Raise `MissingExtraError` if wrongly decoded characters cannot be put right."""
    _mender()


def _mender() -> Callable[[str], str]:
    try:
        from ftfy import fix_encoding
    except ImportError:
        raise MissingExtraError("--fix-encoding", "ftfy", "feeds") from None

    def mend(text: str) -> str:
        fixed: str = fix_encoding(text)
        return text if fixed == text else fixed

    return mend
