"""Reports as files: what is in them, and that anything may be in the texts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin.report import Edit, Report
from despin.reports import Entry, write_report
from despin.reports.html import write_html
from despin.reports.page import asset, view
from despin.reports.sarif import write_sarif
from tests.reports.sample import entry, many

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> \u2028 \ud800 & \0 see ${x} \\u003c"


class Page(HTMLParser):
    """Scripts, and whatever would load something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.data: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._script = tag == "script"
        if self._script:
            self.scripts.append(found)
        self.loads += [f"{tag} {name}" for name in found if name in ("src", "srcset", "data", "action", "poster")]
        self.loads += [f"{tag} href" for name, value in attrs if name == "href" and not (value or "").startswith("#")]
        self.handlers += [name for name in found if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and self.scripts[-1].get("type"):
            self.data.append(data)


def written(entries: list[Entry], folder: Path) -> str:
    path = folder / "report.html"
    write_html(iter(entries), path)
    return path.read_text("utf-8")


def test_a_page_of_its_own(tmp_path: Path) -> None:
    page = Page(written([entry("The mayor stated it.\n\nA see.")], tmp_path))
    assert page.loads == page.handlers == []
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg", "", asset("text.js") + asset("report.js"))


def test_hostile_texts(tmp_path: Path) -> None:
    bad = Entry(HOSTILE, HOSTILE, HOSTILE, *_hostile())
    page = Page(written([bad], tmp_path))
    assert [script.get("type") for script in page.scripts] == [None, None, "application/json", "application/json"]
    texts, summary = (json.loads(data) for data in page.data)
    assert "".join(run if isinstance(run, str) else texts["e"][run][0] for run in texts["p"][0]) == HOSTILE
    assert summary["index"][0][0] == HOSTILE


def _hostile() -> tuple[str, Report]:
    at = HOSTILE.index("see")
    return HOSTILE, Report(HOSTILE, (Edit(at, at + 3, "see", HOSTILE, 0.9, (), HOSTILE),), 1.0, 0.1)


def test_counts(tmp_path: Path) -> None:
    entries = [
        entry("Stated: he stated a see.", "a", "line 1", "x.example"),
        entry("He stated it.", "a", "line 2", "y.example"),
        entry("He actually came.", "b", "", None),
    ]
    summary = json.loads(Page(written(entries, tmp_path)).data[-1])
    assert (summary["records"], summary["edits"], summary["words"]) == (3, 4, 11)
    assert summary["groups"] == [
        ["x.example", 1, 2, 5, 0.99, 0.5],
        ["y.example", 1, 1, 3, 0.99, 0.5],
        ["", 1, 1, 3, 0.99, 0.5],
    ]
    assert summary["phrases"][0] == ["stated", "said", 2, 0.97]
    assert sum(summary["histogram"]) == 4
    assert [row[:3] for row in summary["index"]] == [
        ["a", "line 1", "x.example"],
        ["a", "line 2", "y.example"],
        ["b", "", ""],
    ]


def test_without_groups_sources_are_counted(tmp_path: Path) -> None:
    summary = json.loads(Page(written([entry("stated", "a"), entry("see", "b"), entry("see", "b")], tmp_path)).data[-1])
    assert [row[:3] for row in summary["groups"]] == [["b", 2, 2], ["a", 1, 1]]


def test_no_edits_at_all(tmp_path: Path) -> None:
    assert json.loads(Page(written([], tmp_path)).data[-1])["records"] == 0


def test_what_does_not_fit_is_counted_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("despin.reports.html._MOST_RECORDS", 2)
    page = written(many(5, 4), tmp_path)
    assert json.loads(Page(page).data[-1])["records"] == 5
    assert len(Page(page).data) == 3
    assert "The first 2 of 5 texts are shown" in page


@settings(max_examples=200)
@given(st.text("ab \n\r🚀<", max_size=60), st.data())
def test_paragraphs_hold_the_whole_text(text: str, data: st.DataObject) -> None:
    cuts = sorted(set(data.draw(st.lists(st.integers(0, len(text)), max_size=6))))
    edits = tuple(
        Edit(a, b, text[a:b], "x", 0.9, (), "r") for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b
    )
    shown = view(Report(text, edits, 1.0, 0.5))
    lines = ["".join(run if isinstance(run, str) else shown["e"][run][0] for run in runs) for runs in shown["p"]]
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert [run for runs in shown["p"] for run in runs if isinstance(run, int)] == list(range(len(edits)))


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_sarif_has_what_the_schema_requires(tmp_path: Path) -> None:
    text = "One 🚀 stated\nand a see.\n"
    write_sarif([entry(text, "docs/a b.txt"), entry(text, "crawl.jsonl", "line 2", "x.example")], tmp_path / "r.sarif")
    log = load(tmp_path / "r.sarif")
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "despin"
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in driver["rules"]] == ["news/verb", "news/noun"]
    assert len(run["results"]) == 4
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in ("note", "warning")
        assert 0 <= result["rank"] <= 100
    first, second, third, _ = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "docs/a%20b.txt"
    assert place["region"] == {
        "startLine": 1, "startColumn": 7, "endLine": 1, "endColumn": 13, "charOffset": 6, "charLength": 6,
    }  # fmt: skip
    assert second["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {"deletedRegion": {"charOffset": 6, "charLength": 6}, "insertedContent": {"text": "said"}}
    ]
    assert third["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "line 2"
    assert "region" not in third["locations"][0]["physicalLocation"]
    assert "fixes" not in third
    assert third["properties"]["regionInRecord"]["charOffset"] == 6


def test_the_fixes_of_a_file_repair_it(tmp_path: Path) -> None:
    whole = entry("He stated it.\r\n” So he stated a see, actually not.\n", "a.txt")
    write_sarif([whole], tmp_path / "r.sarif")
    text = whole.text
    for result in reversed(load(tmp_path / "r.sarif")["runs"][0]["results"]):
        (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
        start, length = (replacement["deletedRegion"][key] for key in ("charOffset", "charLength"))
        text = text[:start] + replacement["insertedContent"]["text"] + text[start + length :]
    assert text == whole.report.apply()


def test_sarif_without_edits_and_with_hostile_texts(tmp_path: Path) -> None:
    write_sarif([], tmp_path / "r.sarif")
    assert load(tmp_path / "r.sarif")["runs"][0]["results"] == []
    write_sarif([Entry(HOSTILE, HOSTILE, HOSTILE, *_hostile())], tmp_path / "r.sarif")
    assert load(tmp_path / "r.sarif")["runs"][0]["results"][0]["properties"]["group"] == HOSTILE


@pytest.mark.parametrize("suffix", ["html", "sarif", "json", "jsonl"])
def test_by_the_ending_of_the_name(tmp_path: Path, suffix: str) -> None:
    write_report([entry("He stated it.")], tmp_path / f"r.{suffix}")
    assert "stated" in (tmp_path / f"r.{suffix}").read_text("utf-8")


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "pair",
    ["ink paper", "ink sheet", "soft paper", "soft sheet", "soft sunk", "accent sheet", "accent-ink accent",
     "gone sheet", "sure sure-wash", "likely likely-wash", "unsure unsure-wash", "ink gone-wash", "gone sure-wash",
     "gone likely-wash", "gone unsure-wash"],
)  # fmt: skip
def test_contrast(theme: str, pair: str) -> None:
    """Text can be read by most people: 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    block = asset("theme.css").split('[data-theme="dark"]')[theme == "dark"]
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block.split("}")[0]))
    first, second = sorted((_luminance(colors[name]) for name in pair.split()), reverse=True)
    assert (first + 0.05) / (second + 0.05) >= 4.5


def test_both_dark_themes_are_the_same() -> None:
    """The one that is chosen, and the one that the system asks for."""
    chosen, asked = asset("theme.css").split('[data-theme="dark"]')[1].split(":root:not(")
    names = re.compile(r"--[\w-]+: [^;]+")
    assert names.findall(chosen.split("}")[0]) == names.findall(asked.split("}")[0])
