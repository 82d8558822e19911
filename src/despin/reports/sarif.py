"""Reports for code scanners: SARIF 2.1.0, as editors and code hosts read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import despin
from despin.jsontext import dumps
from despin.report import Edit
from despin.reports import Entry

__all__ = ["write_sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_WARNING = 0.75  # confidence from which an edit is more than a note
_NO_ROW = "row"


def write_sarif(entries: Iterable[Entry], path: Path) -> None:
    """Write one run with a result an edit.

    An edit of a whole file has its region in the file, and a fix. An edit of a record within a file has the record as
    its logical location; its region is that in the record's text, so it is told as a property.

    Raises:
        OSError: The file cannot be written.

    Complexity: linear; one entry is held at a time, and the names of the rules.
    """
    rules: dict[str, int] = {}
    with Path(path).open("w", encoding="utf-8", newline="\n") as out:
        out.write(f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{"columnKind": "unicodeCodePoints",\n')
        out.write('"results": [')
        separator = "\n"
        for entry in entries:
            for result in _results(entry, rules):
                out.write(separator + dumps(result))
                separator = ",\n"
        driver = {
            "name": "despin",
            "version": despin.__version__,
            "semanticVersion": despin.__version__,
            "rules": [{"id": name, "shortDescription": {"text": _described(name)}} for name in rules],
        }
        out.write(f'\n],\n"tool": {dumps({"driver": driver})}\n}}]}}\n')


def _results(entry: Entry, rules: dict[str, int]) -> Iterator[dict[str, Any]]:
    place = _Place(entry.text)
    for edit in entry.report.edits:
        rule = _rule(edit)
        others = "".join(f"; or “{other.text}” ({other.confidence:.0%})" for other in edit.alternatives)
        text = f"“{edit.before}” was probably “{edit.after}”{others}." if edit.after else f"“{edit.before}” was added."
        location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(entry.source)}}}
        result: dict[str, Any] = {
            "ruleId": rule,
            "ruleIndex": rules.setdefault(rule, len(rules)),
            "level": "warning" if edit.confidence >= _WARNING else "note",
            "rank": round(edit.confidence * 100, 2),
            "message": {"text": text},
            "locations": [location],
            "properties": {"confidence": round(edit.confidence, 4), "spin": round(entry.report.spin, 4)},
        }
        if entry.group:
            result["properties"]["group"] = entry.group
        region = place.region(edit)
        if entry.record:
            location["logicalLocations"] = [{"fullyQualifiedName": entry.record, "kind": "member"}]
            result["properties"] |= {"regionInRecord": region, "replacement": edit.after}
        else:
            location["physicalLocation"]["region"] = region
            deleted = {"charOffset": edit.start, "charLength": edit.end - edit.start}
            change = {
                "artifactLocation": {"uri": _uri(entry.source)},
                "replacements": [{"deletedRegion": deleted, "insertedContent": {"text": edit.after}}],
            }
            result["fixes"] = [{"description": {"text": rule}, "artifactChanges": [change]}]
        yield result


class _Place:
    """Lines and columns, for edits in their order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._line_start = 0

    def region(self, edit: Edit) -> dict[str, Any]:
        """Where an edit is."""
        start_line, start_column = self._advance(edit.start)
        end_line, end_column = self._advance(edit.end)
        return {
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
            "charOffset": edit.start,
            "charLength": edit.end - edit.start,
        }

    def _advance(self, offset: int) -> tuple[int, int]:
        breaks = self._text.count("\n", self._at, offset)
        if breaks:
            self._line += breaks
            self._line_start = self._text.rindex("\n", self._at, offset) + 1
        self._at = offset
        return self._line, offset - self._line_start + 1


def _rule(edit: Edit) -> str:
    """The kind of an edit: dictionary and part of speech, not the single row."""
    if edit.rule.startswith("typography"):
        return edit.rule.replace(": ", "/")
    return edit.rule.partition(":")[0].replace(" ", "/") or _NO_ROW


def _described(rule: str) -> str:
    first, _, second = rule.partition("/")
    if first == "typography":
        return f"Spacing or quotation marks that a spinner damaged: {second}"
    return f"A phrase that spinners write: {rule.replace('/', ', ')}"


def _uri(source: str) -> str:
    """A reference that any reader takes: addresses as they are, paths escaped."""
    if "://" in source:
        return quote(source, safe="%/:=&?~#+!$,;'@()*[]", errors="replace")
    return quote(source.replace("\\", "/"), safe="/~@!$&'()*+,;=", errors="replace")
