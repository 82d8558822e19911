"""A program that uses the public interface; checked by mypy --strict, never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import despin
from despin import Alternative, Config, Edit, Repairer, Report, Row
from despin.feeds import FeedResult, repair_feed
from despin.markup import MarkupResult, repair_html, repair_markdown

assert_type(despin.repair("text"), str)
assert_type(despin.repair("text", spun=True), str)
assert_type(despin.spin_score("text"), float)
assert_type(despin.repair_many(["a", "b"], threads=2), Iterator[str])

report = despin.inspect("text")
assert_type(report, Report)
assert_type(report.edits, tuple[Edit, ...])
assert_type(report.apply(lambda edit: edit.confidence > 0.9), str)
assert_type(report.revert(), str)
for edit in report.edits:
    assert_type(edit.start, int)
    assert_type(edit.alternatives, tuple[Alternative, ...])

tool = Repairer(
    dictionaries=[
        [("a", "b"), Row("c", "d", pos="verb")],
        Path("rows.tsv"),
        "more.tsv",
        [{"spun": "e", "original": "f"}],
    ],
    config=Config.of("safe", quotations=False),
    protect=["Kremlin", re.compile("[A-Z]+"), (0, 4), lambda text: [(0, len(text))]],
)
assert_type(tool.repair("text", prior=1.0, rate=0.5), str)
assert_type(repair_feed(b"<rss/>", tool), FeedResult)
assert_type(repair_html("<p>", tool), MarkupResult)
assert_type(repair_markdown("# a", tool), MarkupResult)

# what must be refused: an unused "ignore" is an error
despin.repair(b"text")  # type: ignore[arg-type]
despin.repair(None)  # type: ignore[arg-type]
Config.of("bold")  # type: ignore[arg-type]
Config(min_spin="high")  # type: ignore[arg-type]
report.edits = ()  # type: ignore[misc]
Repairer(config="safe")  # type: ignore[arg-type]
