"""A repair makes the very edits that a report tells of."""

from __future__ import annotations

import pytest

from despin import Config, Repairer
from despin.learn.gold import Passage


@pytest.mark.parametrize("profile", ["safe", "eager"])
@pytest.mark.parametrize("known", [{}, {"spun": True}, {"spun": False}, {"prior": 4.0, "rate": 0.3}])
def test_repair_equals_the_report_applied(passages: list[Passage], profile: str, known: dict[str, float]) -> None:
    tool = Repairer(config=Config.of(profile))  # type: ignore[arg-type]
    for passage in passages[::15]:
        report = tool.inspect(passage.spun, **known)  # type: ignore[arg-type]
        assert tool.repair(passage.spun, **known) == report.apply()  # type: ignore[arg-type]
        assert {edit.start for edit in report.edits}.isdisjoint(edit.start for edit in report.skipped)
