"""Where JSON feeds have their texts."""

from __future__ import annotations

import json
from typing import Any

from despin.errors import InputError
from despin.feeds.fields import Content
from despin.feeds.xmlfeed import Item
from despin.formats.jsonspan import value_span

__all__ = ["find_items"]

_VERSION = "https://jsonfeed.org/version/1"
_TEXTS: dict[str, Content] = {"title": "text", "summary": "text", "content_html": "html", "content_text": "text"}
_NAMES = ("id", "url", "title")


def find_items(source: str) -> list[Item]:
    """The items of a JSON feed, in its order.

    Raises:
        InputError: It is no valid JSON, or no JSON Feed.
    """
    feed = _load(source)
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(version, str) or not version.startswith(_VERSION):
        raise InputError(f"is JSON, but no JSON Feed: its version is not {_VERSION}.1")
    if not isinstance(feed.get("items"), list):
        raise InputError("is no JSON Feed: it has no list of items")
    found = []
    at = value_span(source, ["items"])[0] + 1
    for item in feed["items"]:
        while source[at] in " \t\r\n,":
            at += 1
        end = json.JSONDecoder(strict=False).raw_decode(source, at)[1]
        if isinstance(item, dict):
            found.append(_item(source[at:end], item, at))
        at = end
    return found


def _load(source: str) -> Any:
    try:
        return json.loads(source, strict=False)
    except json.JSONDecodeError as error:
        raise InputError(f"is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise InputError("is JSON that is nested too deeply") from None


def _item(written: str, item: dict[str, Any], at: int) -> Item:
    name = next((str(item[key]) for key in _NAMES if item.get(key)), "")
    texts: list[tuple[int, int, Content]] = []
    for key, content in _TEXTS.items():
        if isinstance(item.get(key), str):
            start, end = value_span(written, [key])
            texts.append((at + start, at + end, content))
    return Item(" ".join(name.split()), sorted(texts))
