"""Reports for people: one page that needs no network, quick with ten thousand edits, usable with a keyboard."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import despin
from despin.reports import Entry
from despin.reports.page import BRAND, asset, head, json_block, view
from despin.reports.summary import Summary

__all__ = ["write_html"]

# A page with more could not be opened; everything is counted all the same.
_MOST_RECORDS = 3000
_MOST_CHARACTERS = 40_000_000


def write_html(entries: Iterable[Entry], path: Path) -> None:
    """Write the page.

    The first 3,000 texts, or 40 million characters of them, are in it; all are counted.

    Raises:
        OSError: The file cannot be written.

    Complexity: linear; one entry is held at a time, and the counts.
    """
    summary = Summary()
    index: list[list[object]] = []
    found: list[list[tuple[str, str]]] = []
    room = _MOST_CHARACTERS
    styles = [asset("theme.css"), asset("report.css")]
    scripts = [asset("text.js"), asset("report.js")]
    with Path(path).open("w", encoding="utf-8", newline="\n") as out:
        out.write(head("despin report", styles, scripts))
        out.write(asset("report.html").replace("{brand}", BRAND))
        out.write('<div id="records"></div>\n<nav class="pager" aria-label="Pages"></nav>\n</section>\n</main>\n')
        for entry in entries:
            phrases = summary.add(entry)
            room -= len(entry.text)
            if len(index) >= _MOST_RECORDS or (room < 0 and index):
                continue
            report = entry.report
            most = max((edit.confidence for edit in report.edits), default=0.0)
            facts = [round(report.spin, 3), round(report.rate, 3), len(report.edits), round(most, 3)]
            index.append([entry.source, entry.record, entry.group or "", *facts, report.family])
            found.append(phrases)
            out.write(json_block(view(report), 'class="record-data"'))
        data = summary.to_dict()
        numbers = {(before, after): number for number, (before, after, _, _) in enumerate(data["phrases"])}
        for row, phrases in zip(index, found, strict=True):
            row.append([numbers[phrase] for phrase in phrases if phrase in numbers])
        out.write(json_block({**data, "index": index, "version": despin.__version__}, 'id="summary"'))
        if len(index) < summary.records:
            shown = f"The first {len(index):,} of {summary.records:,} texts are shown; the counts are of all."
            out.write(f'<p class="wrap note">{shown}</p>\n')
        out.write("</body>\n</html>\n")
