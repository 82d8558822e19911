"""What a run over many records found, for people and programs to read: one entry a record, in several formats.

A writer is a function ``write(entries, path)``; it gets an iterator, so a report may be larger than memory where its
format allows it. Which writer serves a file is told by the ending of its name.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from despin.errors import ConfigError
from despin.report import Edit, Report

__all__ = ["WRITERS", "Entry", "check_report_path", "write_report"]

# ending -> (module, function)
WRITERS = {
    ".html": ("despin.reports.html", "write_html"),
    ".json": ("despin.reports.jsonl", "write_json"),
    ".jsonl": ("despin.reports.jsonl", "write_jsonl"),
    ".sarif": ("despin.reports.sarif", "write_sarif"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that has edits.

    Attributes:
        source: The file or address it came from.
        record: Its place there, for people: ``line 12``, ``row 3``, a WARC record's address; empty for a whole file.
        group: The site or other group it was pooled with, if records were grouped.
        text: The text before the repair; ``report.text`` is the same.
        report: Edits, spin, rate and family.
    """

    source: str
    record: str
    group: str | None
    text: str
    report: Report

    def to_dict(self) -> dict[str, Any]:
        """A plain structure for JSON."""
        return {
            "source": self.source,
            "record": self.record,
            "group": self.group,
            "text": self.text,
            "spin": round(self.report.spin, 4),
            "rate": round(self.report.rate, 4),
            "family": self.report.family,
            "edits": [edit.to_dict() for edit in self.report.edits],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entry:
        """The entry that `to_dict` gave."""
        edits = tuple(Edit.from_dict(edit) for edit in data["edits"])
        report = Report(data["text"], edits, data["spin"], data["rate"], family=data["family"])
        return cls(data["source"], data["record"], data["group"], data["text"], report)


def check_report_path(path: str | os.PathLike[str]) -> None:
    """Make sure that a report can be written under this name, before hours of work.

    Raises:
        ConfigError: No writer serves this ending.
    """
    _writer(Path(path))


def write_report(entries: Iterable[Entry], path: str | os.PathLike[str]) -> None:
    """Write a report in the format that the ending of its name says.

    Raises:
        ConfigError: No writer serves this ending.
        OSError: The file cannot be written.
    """
    _writer(Path(path))(entries, Path(path))


def _writer(path: Path) -> Callable[[Iterable[Entry], Path], None]:
    known = WRITERS.get(path.suffix.lower())
    if known is None:
        raise ConfigError(f"--report {path}: no report of that kind; end the name in one of {', '.join(WRITERS)}")
    try:
        module = importlib.import_module(known[0])
    except ModuleNotFoundError as error:
        if error.name != known[0]:
            raise
        raise ConfigError(f"--report {path}: this build of despin cannot write {path.suffix} reports") from None
    writer: Callable[[Iterable[Entry], Path], None] = getattr(module, known[1])
    return writer
