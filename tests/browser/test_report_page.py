"""The report in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from despin.reports import Entry
from despin.reports.html import write_html
from tests.browser.conftest import Tab
from tests.reports.sample import entry, many
from tests.reports.test_reports import HOSTILE, _hostile

SOUND = "A paragraph without any.\n\n"
ENTRIES = [
    entry(f"The mayor stated 🚀 a see.\n\n{SOUND}” So he actually came.", "town.xml", "item 1", "town.example"),
    entry("His equivalent stated it.", "city.xml", "item 1", "city.example"),
    entry("Another see, he stated.", "city.xml", "item 2", "city.example"),
]


def report(tab: Tab, folder: Path, entries: list[Entry]) -> Any:
    write_html(entries, folder / "report.html")
    return tab.open((folder / "report.html").as_uri())


def titles(page: Any) -> list[str]:
    return [text.strip() for text in page.locator(".record h3").all_inner_texts()]


def test_it_needs_nothing_but_itself(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    assert tab.requests == [page.url]
    assert page.locator(".tile b").all_inner_texts() == ["8", "3", "348", "86 %"]
    assert titles(page) == ["town.xml › item 1", "city.xml › item 1", "city.xml › item 2"]


def test_what_is_shown_is_the_repaired_text(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    page.get_by_role("button", name="Side by side").click()
    page.wait_for_selector(".row")
    new = page.locator(".record").first.locator("p.new")
    visible = """p => [...p.childNodes].map((node) => node.nodeType === Node.TEXT_NODE ? node.data
        : node.querySelector("ins:not([aria-hidden])")?.textContent ?? "").join("")"""
    shown = [paragraph.evaluate(visible) for paragraph in new.all()]
    assert shown == ENTRIES[0].report.apply().split("\n\n")
    old = page.locator(".record").first.locator("p.old").all_text_contents()
    assert old == ENTRIES[0].text.split("\n\n")


def test_the_card_on_hover(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    page.get_by_role("button", name="Inline").click()
    page.locator("button.edit", has_text="see").first.hover()
    card = page.locator("#card")
    card.wait_for(state="visible")
    text = card.inner_text()
    for wanted in ("see → visit", "80 %, likely", "trip", "15 %", "(nothing)", "news noun: see → visit"):
        assert wanted in text
    card.hover()  # the pointer may go there to read
    page.wait_for_timeout(400)
    assert card.is_visible()
    page.keyboard.press("Escape")
    assert not card.is_visible()


def test_the_keyboard_alone(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    page.wait_for_selector("button.edit")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the texts"
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('button.edit')"):
            break
    seen = []
    for _ in range(8):
        described = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
        assert described == "card"
        seen.append(page.locator("#card .change").inner_text().split(" →")[0])
        page.keyboard.press("ArrowRight")
    assert seen == ["stated", "see", "”␣", "actually", "equivalent", "stated", "see", "stated"]
    page.keyboard.press("ArrowLeft")
    assert page.locator("#card .change").inner_text().startswith("see")
    page.keyboard.press("Home")
    assert page.evaluate("document.querySelectorAll('button.edit[tabindex=\"0\"]').length") == 3
    page.keyboard.press("Escape")
    assert not page.locator("#card").is_visible()


def test_names_and_landmarks(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, many(30, 8))
    page.wait_for_selector("button.edit")
    for role in ("banner", "main", "navigation", "status"):
        assert page.get_by_role(role).count() == 1
    assert page.locator("h1").count() == 1
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, select, svg[role=img], article, section, nav')]
            .filter((node) => !(
            node.textContent.trim() || node.getAttribute('aria-label') || node.getAttribute('aria-labelledby')
            || (node.labels && node.labels.length && [...node.labels].some((label) => label.textContent.trim()))))
            .map((node) => node.outerHTML)"""
    )
    assert nameless == []
    spoken = page.locator("button.edit").first.text_content()
    assert spoken == "stated becomes said"
    assert page.evaluate("document.querySelectorAll('[id]').length") == page.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map((node) => node.id)).size"
    )


def test_filters(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    status = page.locator("#status")
    page.locator("#sites").get_by_role("button", name="city.example").click()
    assert titles(page) == ["city.xml › item 1", "city.xml › item 2"]
    page.get_by_role("button", name="Remove the filter city.example").click()
    assert len(titles(page)) == 3
    page.locator("#phrases").get_by_role("button", name="equivalent").click()
    assert titles(page) == ["city.xml › item 1"]
    page.locator(".chip").click()
    page.fill("#query", "VISIT")
    page.locator("#status", has_text="2 of 3 texts").wait_for()
    page.fill("#query", "")
    page.locator("#least").fill("95")
    page.locator("#least-shown", has_text="95 %").wait_for()
    page.locator("button.edit", has_text="see").first.wait_for(state="detached")
    assert status.inner_text() == "3 of 3 texts"
    assert page.locator("button.edit ins").all_inner_texts() == ["said"] * 3
    page.locator("#least").fill("0")
    page.locator("#changed").check()
    page.wait_for_selector(".gap")
    assert page.locator(".gap").all_inner_texts() == ["… 1 paragraph without edits …"]


def test_tables_are_sorted_by_their_heads(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    table = page.locator("#phrases table")
    phrases = lambda: table.locator("tbody th").all_inner_texts()  # noqa: E731
    assert phrases()[0] == "stated"
    table.get_by_role("button", name="Phrase").click()
    assert table.locator("th").first.get_attribute("aria-sort") == "ascending"
    assert phrases() == ["actually", "equivalent", "see", "stated", "”␣"]
    table.get_by_role("button", name="Phrase").click()
    assert phrases() == ["”␣", "stated", "see", "equivalent", "actually"]
    assert table.locator("th").first.get_attribute("aria-sort") == "descending"


def test_hostile_texts_are_texts(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, [Entry(HOSTILE, HOSTILE, HOSTILE, *_hostile())])
    page.get_by_role("button", name="Inline").click()
    page.locator("button.edit").first.focus()
    page.wait_for_selector("#card:not([hidden])")
    assert page.locator("img, iframe, object, link, style + img").count() == 0
    assert page.locator("script").count() == 4
    # what no text can hold is shown as the replacement character
    assert page.locator("button.edit del").first.text_content() == "see"
    assert "<img src=x onerror=alert(2)>" in page.locator(".para").first.text_content()
    assert tab.requests == [page.url]


def test_light_and_dark(tab: Tab, tmp_path: Path) -> None:
    page = report(tab, tmp_path, ENTRIES)
    color = lambda: page.evaluate("getComputedStyle(document.documentElement).backgroundColor")  # noqa: E731
    light = color()
    page.emulate_media(color_scheme="dark")
    dark = color()
    assert light != dark
    button = page.locator(".theme")
    button.click()
    assert color() == light
    button.click()
    assert color() == dark
    page.emulate_media(color_scheme="light")
    assert color() == dark
    assert button.get_attribute("aria-label") == "Colours: dark"


@pytest.mark.parametrize("width", [320, 390, 768])
def test_narrow_windows(tab: Tab, tmp_path: Path, width: int) -> None:
    page = report(tab, tmp_path, ENTRIES)
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_role("button", name="Inline").click()
    page.locator("button.edit").last.focus()
    page.wait_for_selector("#card:not([hidden])")
    box = page.locator("#card").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("texts", "edits"), [(100, 100), (1, 10_000)], ids=["many texts", "one text"])
def test_ten_thousand_edits(tab: Tab, tmp_path: Path, texts: int, edits: int) -> None:
    """Only what is near the window is built; everything can be reached."""
    entries = many(texts, edits)
    page = report(tab, tmp_path, entries)
    assert page.locator(".tile b").first.inner_text() == f"{sum(len(e.report.edits) for e in entries):,}"
    page.wait_for_selector("button.edit")
    assert page.locator(".edit").count() < 3000
    page.locator("button.edit").first.focus()
    for _ in range(300):  # over what is built at first
        page.keyboard.press("ArrowRight")
    at = page.evaluate("[...document.querySelectorAll('button.edit')].indexOf(document.activeElement)")
    assert at in (299, 300)  # the first key may come before the page has the focus
    if texts > 1:
        page.get_by_role("button", name="Next").click()
        page.locator(".pager", has_text="page 2 of 5").wait_for()
        assert titles(page)[0].endswith("line 21")
