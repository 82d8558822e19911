"""Markdown in place: what changes, and that nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin import Config, Repairer
from despin.markup import repair_markdown
from despin.markup.markdown import scan_markdown
from tests.markup.phrases import Phrases
from tests.markup.test_html import check

pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")

PHRASES = Phrases()
REPAIRER = Repairer()
EAGER = Repairer(config=Config.of("eager"))

CONTEXT = "The Kremlin stated on Friday that the 2 sides will go over methods.\n\n"
CONTEXT_AFTER = "The Kremlin said on Friday that the two sides will discuss methods.\n\n"

IN_PLACE = [
    ("He met his **Russian** equivalent today.", "He met his **Russian** counterpart today."),
    ("He met his *Russian*\nequivalent today.", "He met his *Russian*\ncounterpart today."),
    ("> He stated that he will take\n> a trip to Russia.", "> He said that he will travel to Russia."),
    ("He will take a [trip](/trip 'take a trip') to Russia.", "He will [travel](/trip 'take a trip') to Russia."),
    ("He will take a [trip][see] now.\n\n[see]: /x", "He will [travel][see] now.\n\n[see]: /x"),
    ("He was **actually** there.", "He was **actually** there."),  # would leave ** ** behind
    ("# What he stated #", "# What he said #"),
    ("What he stated\n===", "What he said\n==="),
    ("1. He stated that.\n2. They stated `this`.", "1. He said that.\n2. They said `this`."),
    ("| A | B |\n|---|---|\n| he stated | they **stated** |", "| A | B |\n|---|---|\n| he said | they **said** |"),
    (r"He stated \*that\* &amp; this\.", r"He said \*that\* &amp; this\."),
    ("He stated this.  \nThey stated that.", "He said this.  \nThey said that."),
    ("He stated that.[^1] They stated it.\r\nHe stated", "He said that.[^1] They said it.\r\nHe said"),
    ("A ~~he stated~~ and ![they stated](x.png) he stated.", "A ~~he said~~ and ![they stated](x.png) he said."),
    (
        "He <b>stated</b> <code>he stated</code> that.<br>They stated",
        "He <b>said</b> <code>he stated</code> that.<br>They said",
    ),
]

UNTOUCHED = [
    "```\nhe stated\n```",
    "~~~ stated\nhe stated",
    "    he stated",
    "`he stated`",
    "``he ` stated``",
    "<https://example.org/he/stated>",
    "[x](/he-stated 'he stated')",
    "[x]: /he-stated 'he stated'",
    "![he stated](x)",
    "<!-- he stated -->",
    "<div>he stated</div>",
    "<kbd>he stated</kbd>",
    '<span title="he stated">x</span>',
]


@pytest.mark.parametrize(("before", "after"), IN_PLACE)
def test_in_place(before: str, after: str) -> None:
    result = repair_markdown(CONTEXT + before + "\n", PHRASES)
    assert result.text == CONTEXT_AFTER + after + "\n"


@pytest.mark.parametrize("markup", UNTOUCHED)
def test_untouched(markup: str) -> None:
    result = repair_markdown(f"{CONTEXT}{markup}\n", PHRASES)
    assert result.text == f"{CONTEXT_AFTER}{markup}\n"


@pytest.mark.parametrize("front", ["---\ntitle: he stated\n---\n", "+++\ntitle = 'he stated'\n+++\n", "---\n---\n"])
def test_front_matter(front: str) -> None:
    assert repair_markdown(front + CONTEXT, PHRASES).text == front + CONTEXT_AFTER


def test_the_text_is_that_of_all_blocks() -> None:
    source = "# One\n\n- two *three*\n  four\n- five\n\n> > six\n\n| seven | eight |\n|---|---|\n| nine | ten |\n"
    assert scan_markdown(source).text.split("\n\n") == [
        "One",
        "two three four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
    ]


PIECES = st.sampled_from(
    "stated|has actually been|the 2 sides|his Russian equivalent|take a trip to|very first|&amp;|\\*|Xi’s see"
    "|a essential|*see*|**the 2**|`stated`|[his](/stated)|![see](x)|\n|  \n|\n\n|> |- |1. |# |    "
    "|” Of course|ended up being|_|*|[|]|(|<b>|</b>|<code>|~~|```\n|---|\\|\t|&|<!--|-->|<x@y.z>".split("|")
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=25).map(" ".join), st.booleans())
def test_structure_stays(source: str, crlf: bool) -> None:
    from markdown_it import MarkdownIt

    if crlf:
        source = source.replace("\n", "\r\n")
    result = repair_markdown(source, PHRASES)
    check(source, result)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    before, after = (
        [(t.type, t.markup, t.content if "code" in t.type or t.type == "fence" else "") for t in parser.parse(text)]
        for text in (source, result.text)
    )
    if not source.startswith(("---", "+++")):
        assert before == after


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text(text: str) -> None:
    check(text, repair_markdown(text, EAGER, spun=True))


def test_long_documents(seed: str) -> None:
    source = "\n\n".join(f"## {number}\n\n{seed}" for number in range(8))
    result = repair_markdown(source, REPAIRER)
    check(source, result)
    assert len(result.report.edits) > 1000


@pytest.mark.parametrize(
    "source",
    ["[" * 20_000, "[^" * 20_000, "*a " * 20_000, "a\\*" * 20_000, "`" * 20_000, "` `` ``` " * 3_000,
     "> " * 5_000 + "stated", "- " * 3_000, "[a](" * 5_000, "![" * 5_000, "&amp;" * 10_000, "<b " * 10_000,
     "|a" * 5_000 + "\n" + "|-" * 5_000, "---\n" * 10_000, "stated\n" * 10_000],
    ids=lambda source: repr(source[:9]),
)  # fmt: skip
def test_rough_documents(source: str) -> None:
    check(source, repair_markdown(source, PHRASES))
