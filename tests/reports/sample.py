"""Entries for reports, made by hand."""

from __future__ import annotations

import re

from despin.report import Alternative, Edit, Report
from despin.reports import Entry

__all__ = ["entry", "many"]

CONFIDENCE = {"stated": 0.97, "see": 0.8, "equivalent": 0.6, "actually ": 0.92, "” ": 0.9}
AFTER = {"stated": "said", "see": "visit", "equivalent": "counterpart", "actually ": "", "” ": "“"}
RULES = {"” ": "typography: quote", "see": "news noun: see -> visit"}


def entry(text: str, source: str = "feed.xml", record: str = "", group: str | None = None, rule: str = "") -> Entry:
    """An entry with every fixed phrase of a text as an edit."""
    edits = tuple(
        Edit(
            found.start(),
            found.end(),
            found[0],
            AFTER[found[0]],
            CONFIDENCE[found[0]],
            (Alternative("trip", 0.15), Alternative("", 0.01)) if found[0] == "see" else (),
            rule or RULES.get(found[0], f"news verb: {found[0]} -> {AFTER[found[0]]}"),
        )
        for found in re.finditer("|".join(AFTER), text)
    )
    return Entry(source, record, group, text, Report(text, edits, 0.99, 0.5))


def many(texts: int, edits: int) -> list[Entry]:
    """Entries with as many edits each."""
    paragraph = "The mayor stated that his equivalent will actually come, and the see was long.\n\n"
    text = paragraph * (edits // 4)
    return [entry(text, "crawl.jsonl", f"line {n + 1}", f"site{n % 7}.example") for n in range(texts)]
