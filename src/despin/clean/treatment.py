"""What happens to the texts of one record."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import despin
from despin.errors import MissingExtraError
from despin.formats.base import Record, Treated
from despin.odds import expit, shifted
from despin.report import Edit, Report

if TYPE_CHECKING:
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
        return self._repairer.score(SEAM.join(self._mended(record)))

    def __call__(self, record: Record, prior: float = 0.0, rate: float = 0.0, known: float | None = None) -> Treated:
        """Repair a record.

        Args:
            prior, rate: What its group lends it, see `despin.pooling`.
            known: The log-odds of its own spin score, if they are known: a record that stays closed then costs nothing.
        """
        if not record.texts:
            return Treated((), (), Report(""))
        texts = self._mended(record)
        if self._only_score:
            return self._scored(record, texts, prior)
        if record.content != "text":
            return self._markup(record, texts, prior, rate)
        whole = SEAM.join(texts)
        if known is not None and self._spun is None and not self._annotate:
            spin = expit(known + prior)
            if spin < self._repairer.config.min_spin:
                return _as_it_is(texts, Report(whole, (), spin, 0.0))
        report = self._repairer.inspect(whole, spun=self._spun, prior=prior, rate=rate or None)
        if not report.edits:
            return _as_it_is(texts, report, self._note(record, texts, report))
        edits = _by_text(texts, report.edits, record.encoding)
        new = tuple(Report(text, made).apply() for text, made in zip(texts, edits, strict=True))
        kept = [edit for shift, made in zip(_shifts(texts), edits, strict=True) for edit in _moved(made, shift)]
        report = Report(whole, tuple(kept), report.spin, report.rate, report.skipped, report.family)
        spliced = tuple(
            made if text is old else None for made, text, old in zip(edits, texts, record.texts, strict=True)
        )
        return Treated(new, spliced, report, self._note(record, texts, report))

    def _mended(self, record: Record) -> tuple[str, ...]:
        return tuple(self._mend(text) for text in record.texts) if self._mend else record.texts

    def _scored(self, record: Record, texts: tuple[str, ...], prior: float) -> Treated:
        found = self._repairer.score(SEAM.join(texts))
        report = Report(found.text, (), shifted(found.spin, prior), found.rate, family=found.family)
        return _as_it_is(record.texts, report, self._note(record, texts, report))

    def _markup(self, record: Record, texts: tuple[str, ...], prior: float, rate: float) -> Treated:
        """Each text by itself: its words are spread over the document."""
        markup = importlib.import_module("despin.markup")
        repair = markup.repair_html if record.content == "html" else markup.repair_markdown
        primed = _Primed(self._repairer, self._spun, prior, rate)
        results = [repair(text, primed) for text in texts]
        new = tuple(old if made.text == old else made.text for old, made in zip(texts, results, strict=True))
        first = results[0].report
        edits = tuple(edit for made in results for edit in made.report.edits)
        report = Report(first.text, edits, max(made.report.spin for made in results), first.rate)
        return Treated(new, (None,) * len(new), report, self._note(record, texts, report))

    def _note(self, record: Record, texts: Sequence[str], report: Report) -> dict[str, Any] | None:
        if not self._annotate:
            return None
        return {
            "spin": round(report.spin, 4),
            "rate": round(report.rate, 4),
            "family": report.family,
            "edits": [_edit_note(edit, number) for edit, number in _placed(record.content, texts, report)],
            "version": despin.__version__,
        }


class _Primed:
    """A repairer that knows what a record's group lends it."""

    def __init__(self, repairer: Repairer, spun: bool | None, prior: float, rate: float) -> None:
        self._repairer = repairer
        self._known = {"spun": spun, "prior": prior, "rate": rate or None}

    def inspect(self, text: str, **given: Any) -> Report:
        return self._repairer.inspect(text, **{**given, **self._known})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repairer, name)


def _placed(content: str, texts: Sequence[str], report: Report) -> list[tuple[Edit, int]]:
    """Each edit with offsets in its own text, and that text's number; those of markup stay as they are."""
    if content != "text" or len(texts) < 2:
        return [(edit, 0) for edit in report.edits]
    shifts = _shifts(texts)
    placed = []
    for edit in report.edits:
        number = max(i for i, shift in enumerate(shifts) if shift <= edit.start)
        placed.append((_moved((edit,), -shifts[number])[0], number))
    return placed


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
    return [
        Edit(e.start + by, e.end + by, e.before, e.after, e.confidence, e.alternatives, e.rule) if by else e
        for e in edits
    ]


def _by_text(texts: Sequence[str], edits: Sequence[Edit], encoding: str) -> tuple[tuple[Edit, ...], ...]:
    """The edits of each text, offsets in it; those across a seam, or that the encoding cannot hold, are left out."""
    found: list[tuple[Edit, ...]] = []
    at = 0
    for text, shift in zip(texts, _shifts(texts), strict=True):
        end = shift + len(text)
        own = []
        while at < len(edits) and edits[at].start < end + len(SEAM):
            edit = edits[at]
            at += 1
            if edit.start >= shift and edit.end <= end and _fits(edit.after, encoding):
                own.append(edit)
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
