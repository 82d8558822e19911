"""What a run did, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import despin
from despin.clean.counts import Counts
from despin.clean.pass_scores import GroupRow
from despin.clean.plan import Files

__all__ = ["Summary", "duration"]

_GROUPS_SHOWN = 10


@dataclass(frozen=True)
class Summary:
    """The end of a run.

    Attributes:
        rejects: The file of rejects, if there are any.
        seconds: Time spent, earlier attempts of the same run included.
        groups: What was found of each group, most spun texts first.
    """

    counts: Counts
    files: Files
    target: Path
    rejects: Path | None
    report: str
    seconds: float
    groups: list[GroupRow]
    only_score: bool = False

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **self.counts.to_dict(),
            "sources": len(self.files.sources),
            "skipped_files": self.files.skipped,
            "target": str(self.target),
            "rejects": str(self.rejects) if self.rejects else None,
            "report": self.report or None,
            "seconds": round(self.seconds, 3),
            "groups": [row._asdict() for row in self.groups],
            "version": despin.__version__,
        }

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """What, how many, and a remark."""
        counts = self.counts
        rate = counts.characters / 1e6 / self.seconds if self.seconds > 0 else 0.0
        many = len(self.files.sources)
        files = f"{many:,} file{'s' if many != 1 else ''}"
        yield "read", f"{counts.records:,}", f"from {files} in {duration(self.seconds)}, {rate:.1f} MB/s of text"
        yield "spun", f"{counts.spun:,}", _share(counts.spun, counts.records)
        if not self.only_score:
            yield "repaired", f"{counts.changed:,}", f"{counts.edits:,} edits"
        yield "unchanged", f"{counts.unchanged:,}", ""
        for name, number in (("without text", counts.without_text), ("left out", counts.left_out)):
            if number:
                yield name, f"{number:,}", ""
        yield "rejected", f"{counts.rejected:,}", f"see {self.rejects}" if self.rejects else ""
        for reason, number in counts.reasons.most_common():
            yield "", f"{number:,}", reason
        if self.files.skipped:
            yield "skipped", f"{self.files.skipped:,}", "files of other kinds"

    def group_rows(self) -> list[GroupRow]:
        """The groups that most spun texts come from."""
        return [row for row in self.groups if row.share >= 0.05][:_GROUPS_SHOWN]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def duration(seconds: float) -> str:
    """A time to read.

    >>> duration(4), duration(75), duration(7384)
    ('4 s', '1 min 15 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
