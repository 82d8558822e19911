"""``despin serve`` in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import despin
from despin.serve import ReviewServer
from tests.browser.conftest import Tab


@pytest.fixture(scope="module")
def server() -> Iterator[ReviewServer]:
    made = ReviewServer()
    threading.Thread(target=made.serve, daemon=True).start()
    yield made
    made.close()


@pytest.fixture
def review(tab: Tab, server: ReviewServer, seed: str) -> Any:
    page = tab.open(server.url)
    page.fill("#source", seed)
    page.press("#source", "Control+Enter")
    page.wait_for_selector("#review button.edit")
    return page


def copied(page: Any) -> str:
    page.locator("#status").evaluate("status => { status.textContent = ''; }")
    page.click("#copy")
    page.locator("#status", has_text="The result is copied").wait_for()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_accept_all(review: Any, seed: str, tab: Tab, server: ReviewServer) -> None:
    report = despin.inspect(seed)
    assert review.locator("#edits").inner_text() == f"{len(report.edits)} of {len(report.edits)} edits accepted"
    assert copied(review) == report.apply()
    base = f"http://127.0.0.1:{server.port}"
    assert {url.partition("#")[0] for url in tab.requests} == {f"{base}/", f"{base}/inspect", f"{base}/apply"}


def test_with_the_keyboard(review: Any, seed: str) -> None:
    report = despin.inspect(seed)
    review.keyboard.press("r")  # the first; goes on
    review.keyboard.press("ArrowRight")
    review.keyboard.press("Enter")  # the third
    review.keyboard.press("ArrowRight")
    review.keyboard.press("Space")  # the fourth
    review.keyboard.press("Space")  # and back
    review.keyboard.press("r")
    review.keyboard.press("ArrowLeft")
    review.keyboard.press("a")  # accepted again
    count = len(report.edits)
    assert review.locator("#edits").inner_text() == f"{count - 2} of {count} edits accepted"
    assert review.evaluate("document.querySelectorAll('button.edit')[0].getAttribute('aria-pressed')") == "false"
    left = {report.edits[0], report.edits[2]}
    assert copied(review) == report.apply(lambda edit: edit not in left)


def test_with_the_mouse(review: Any, seed: str) -> None:
    report = despin.inspect(seed)
    review.get_by_role("button", name="Side by side").click()
    review.locator("button.edit").nth(1).click()
    review.locator(".old .edit").nth(4).click()
    left = {report.edits[1], report.edits[4]}
    assert copied(review) == report.apply(lambda edit: edit not in left)
    review.get_by_role("button", name="Reject all").click()
    assert copied(review) == seed
    review.get_by_role("button", name="Accept all").click()
    assert copied(review) == report.apply()


def test_back_to_the_text(review: Any) -> None:
    review.get_by_role("button", name="Change the text").click()
    review.fill("#source", "A sound text stays as it is.")
    review.get_by_role("button", name="Find the edits").click()
    review.locator("#status", has_text="Nothing to repair was found").wait_for()
    assert review.locator("#edits").inner_text() == "No edits"
    assert copied(review) == "A sound text stays as it is."


def test_the_example(tab: Tab, server: ReviewServer) -> None:
    page = tab.open(server.url)
    page.get_by_role("button", name="Try an example").click()
    page.wait_for_selector("#review button.edit")
    assert page.locator("button.edit").count() > 5


def test_hostile_texts_are_texts(tab: Tab, server: ReviewServer) -> None:
    page = tab.open(server.url)
    text = "<img src=x onerror=alert(1)> The Kremlin stated that the 2 will go over <script>alert(2)</script> methods."
    page.fill("#source", text)
    page.check("#spun")
    page.get_by_role("button", name="Find the edits").click()
    page.wait_for_selector("#review button.edit")
    assert page.locator("img").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.locator("#text").text_content()


def test_where_the_page_may_not_copy(review: Any, seed: str) -> None:
    review.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    review.click("#copy")
    review.wait_for_selector("#result:not([hidden])")
    assert review.input_value("#result") == despin.inspect(seed).apply()
    assert review.evaluate("getSelection().toString().length") > 0


def test_no_text(tab: Tab, server: ReviewServer) -> None:
    page = tab.open(server.url)
    page.get_by_role("button", name="Find the edits").click()
    assert page.locator("#status").inner_text() == "There is no text yet"


def test_without_the_token(tab: Tab, server: ReviewServer) -> None:
    page = tab.open(server.url.partition("#")[0])
    assert "lacks its token" in page.locator("#status").inner_text()
    page.fill("#source", "x y")
    page.get_by_role("button", name="Find the edits").click()
    page.locator("#status", has_text="the token is wrong").wait_for()
    # the browser tells of the refusal in its console
    assert len(tab.problems) == 1
    assert "403" in tab.problems.pop()


def test_another_site_gets_nothing(tab: Tab, server: ReviewServer, chromium: Any) -> None:
    """A page from elsewhere, which even knows the token."""
    page = tab.page
    page.route("http://evil.example/**", lambda route: route.fulfill(body="<p>evil", content_type="text/html"))
    page.goto("http://evil.example/")
    script = """async ([url, token]) => { try {
        const answer = await fetch(url, {method: "POST", body: '{"text": "x"}',
            headers: {"Content-Type": "application/json", "X-Despin-Token": token}});
        return await answer.text(); } catch (error) { return "blocked"; } }"""
    assert page.evaluate(script, [f"http://127.0.0.1:{server.port}/inspect", server.token]) == "blocked"
    tab.problems.clear()
