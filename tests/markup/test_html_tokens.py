"""Damaged HTML, as a browser's tokeniser sees it before and after: html5lib follows the standard step by step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from despin.markup import repair_html
from tests.markup.phrases import Phrases

pytest.importorskip("html5lib", reason="html5lib is not installed")

PIECES = st.sampled_from(
    "stated |see|take a trip|the 2| equivalent |<b>|</b>|<p>|</p>|<a href='x>y'>|</a>|<i x='>stated'>|</i>|<code>"
    "|</code>|<script>|</script>|<style>|</style>|<title>|</title>|<textarea>|</textarea>|<!--|-->|--!>|<!|<?|</|<|>|&amp;"
    "|&lt|&notit;|&#x41;|\"|'|=|/|<br/>|<xmp>|</xmp>|<pre>|</pre>|<plaintext>|<a b=|\n| |<!doctype html>|<p a=b/c>"
    "|<p =x>|<p a='b'c>|</p x='>'>|</ p>|<3|a<b |<!-->|<!--->|<script><!--<script>|<img alt=stated>|<iframe>"
    "|</iframe>".split("|")
)


def tokens(page: str) -> list[tuple[Any, ...]]:
    """What the page consists of: markup, and the text of elements that hold no markup."""
    from html5lib._tokenizer import HTMLTokenizer
    from html5lib.constants import tokenTypes

    names = {number: name for name, number in tokenTypes.items()}
    tokenizer = HTMLTokenizer(page)
    states = {
        "script": tokenizer.scriptDataState,
        "plaintext": tokenizer.plaintextState,
        **dict.fromkeys(("title", "textarea"), tokenizer.rcdataState),
        **dict.fromkeys(("style", "xmp", "iframe", "noembed", "noframes"), tokenizer.rawtextState),
    }
    found: list[tuple[Any, ...]] = []
    raw = ""
    for token in tokenizer:
        kind = names[token["type"]]
        if kind == "StartTag":
            found.append((kind, token["name"], tuple(token["data"].items())))
            if token["name"] in states:
                tokenizer.state = states[token["name"]]
                raw = token["name"]
        elif kind in ("EndTag", "Comment", "Doctype"):
            found.append((kind, token.get("name"), token.get("data") if kind == "Comment" else ""))
            raw = ""
        elif kind in ("Characters", "SpaceCharacters") and raw and raw != "title":
            found.append((raw, token["data"]))
    return found


@settings(max_examples=600)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("<pre><plaintext></pre>stated ")
def test_the_same_markup(page: str) -> None:
    assert tokens(repair_html(page, Phrases()).text) == tokens(page)
