"""Counts over many records: what a report tells at its beginning."""

from __future__ import annotations

from collections import Counter
from typing import Any

from despin.reports import Entry

__all__ = ["Summary"]

_BINS = 20  # of the histogram of confidences
_MOST_PHRASES = 2000
_MOST_GROUPS = 2000


class Summary:
    """Takes entries one by one, and holds nothing but counts."""

    def __init__(self) -> None:
        self.records = 0
        self.edits = 0
        self._words = 0
        self._confidence = 0.0
        self._histogram = [0] * _BINS
        self._phrases: Counter[tuple[str, str]] = Counter()
        self._confidences: dict[tuple[str, str], float] = {}
        self._groups: dict[str, list[float]] = {}
        self._sources: dict[str, list[float]] = {}
        self._grouped = False

    def add(self, entry: Entry) -> list[tuple[str, str]]:
        """Count an entry; gives the phrases that are in it."""
        report = entry.report
        words = len(entry.text.split())
        self.records += 1
        self.edits += len(report.edits)
        self._words += words
        self._grouped = self._grouped or bool(entry.group)
        for rows, name in ((self._groups, entry.group or ""), (self._sources, entry.source)):
            row = rows.setdefault(name, [0, 0, 0, 0.0, 0.0])
            for column, value in enumerate((1, len(report.edits), words, report.spin, report.rate)):
                row[column] += value
        found = []
        for edit in report.edits:
            self._confidence += edit.confidence
            self._histogram[min(int(edit.confidence * _BINS), _BINS - 1)] += 1
            phrase = (_lowered(edit.before), _lowered(edit.after))
            self._phrases[phrase] += 1
            self._confidences[phrase] = self._confidences.get(phrase, 0.0) + edit.confidence
            found.append(phrase)
        return list(dict.fromkeys(found))

    def to_dict(self) -> dict[str, Any]:
        """For the report's script."""
        phrases = self._phrases.most_common(_MOST_PHRASES)
        groups = self._groups if self._grouped else self._sources
        rows = sorted(groups.items(), key=lambda item: -item[1][1])
        return {
            "records": self.records,
            "edits": self.edits,
            "words": self._words,
            "confidence": self._confidence / self.edits if self.edits else 0.0,
            "histogram": self._histogram,
            "grouped": self._grouped,
            "groups": [
                [name, n, edits, words, round(spin / n, 3), round(rate / n, 3)]
                for name, (n, edits, words, spin, rate) in rows[:_MOST_GROUPS]
            ],
            "more_groups": max(0, len(rows) - _MOST_GROUPS),
            "phrases": [
                [before, after, count, round(self._confidences[before, after] / count, 3)]
                for (before, after), count in phrases
            ],
            "more_phrases": max(0, len(self._phrases) - len(phrases)),
        }


def _lowered(phrase: str) -> str:
    """Without the capital of a sentence's first word."""
    return phrase if phrase[1:2].isupper() else phrase[:1].lower() + phrase[1:]
