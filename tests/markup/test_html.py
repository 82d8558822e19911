"""HTML in place: what changes, and that nothing else does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin import Config, Repairer
from despin.markup import MarkupResult, repair_html
from despin.markup.html import scan_html
from tests.markup.phrases import Phrases

PHRASES = Phrases()
REPAIRER = Repairer()
EAGER = Repairer(config=Config.of("eager"))

IN_PLACE = [
    # phrases over tags are seen whole; the tags stay
    ('met his <b class="x">Russian</b> equivalent in', 'met his <b class="x">Russian</b> counterpart in'),
    ("will <i>take a</i> trip to Russia", "will <i>travel</i> to Russia"),
    ("he <em>actually</em> stated", "he <em></em>said"),
    ("he <b>ended</b> up <i>being</i> president", "he <b>became</b><i></i> president"),
    ("he st<b>at</b>ed that", "he said<b></b> that"),
    # a link keeps its text
    ('will take a <a href="/trip">trip</a> to', 'will <a href="/trip">travel</a> to'),
    # word by word where the words can be paired
    ("has <b>less and</b>\n  less choices", "has <b>fewer and</b>\n  fewer options"),
    # lines and white space
    ("will go\n\t over   methods", "will discuss methods"),
    # references, kept and seen through
    ("&ldquo;Yes,&rdquo; he stated &amp; left", "&ldquo;Yes,&rdquo; he said &amp; left"),
    ("his Russian equi&shy;valent, Mr Lee", "his Russian counterpart, Mr Lee"),
    ("his Russian&nbsp;equivalent, Mr Lee", "his Russian&nbsp;counterpart, Mr Lee"),
    ("his Russian &#101;quivalent, Mr Lee", "his Russian counterpart, Mr Lee"),
    ("his Russian <!-- > see --> equivalent", "his Russian <!-- > see --> counterpart"),
    # what is put in is escaped
    ("AT and T stated", "AT&amp;T &lt;co&gt; said"),
    # no words in between, no edit
    ("take a <code>x</code> trip", "take a <code>x</code> trip"),
    ("take a<br>trip", "take a<br>trip"),
    ("take a <img src=x> trip", "take a <img src=x> trip"),
    ("take a &NotEqualTilde; trip", "take a &NotEqualTilde; trip"),
    ("take a</div><div>trip", "take a</div><div>trip"),
]

UNTOUCHED = [
    "<code>he stated</code>",
    "<pre>he stated</pre>",
    "<kbd>he stated</kbd>",
    "<samp>he stated</samp>",
    "<textarea>he stated</textarea>",
    "<style>he stated</style>",
    "<script>he stated</script>",
    "<script>'<!--<script>' </script> he stated </script>",
    "<script><!-- x --> he stated </script>",
    "<svg><title>he stated</title><style></svg>",
    "<!-- he stated -->",
    "<!-- > he stated --!>",
    "<!--- he stated ->-->",
    "<? he stated >",
    "<!he stated>",
    "</ he stated>",
    '<img alt="he stated">',
    "<a title='he > stated'>x</a>",
    '<a title=">" data-x = "he stated" he-stated>x</a>',
    "<p he stated=>",
    "<xmp><b>he stated</b></xmp>",
    "<noembed>he stated</noembed>",
    "<pre><pre>x</pre>he stated</pre>",
    "<code><script></code></script>he stated</code>",
]

CONTEXT = "<p>The Kremlin stated on Friday that the 2 sides will go over methods.</p>"
CONTEXT_AFTER = "<p>The Kremlin said on Friday that the two sides will discuss methods.</p>"


@pytest.mark.parametrize(("before", "after"), IN_PLACE)
def test_in_place(before: str, after: str) -> None:
    page = f"<div>{before}</div>"
    result = repair_html(page, PHRASES)
    assert result.text == f"<div>{after}</div>"
    check(page, result)


@pytest.mark.parametrize("markup", UNTOUCHED)
def test_untouched(markup: str) -> None:
    result = repair_html(CONTEXT + markup + CONTEXT, PHRASES)
    assert result.text == CONTEXT_AFTER + markup + CONTEXT_AFTER


@pytest.mark.parametrize("markup", ["<a title='he stated", "<!-- he stated", "<plaintext>he stated", "</b 'he"])
def test_nothing_follows_what_never_ends(markup: str) -> None:
    page = f"{CONTEXT}{markup} the Kremlin stated"
    assert repair_html(page, PHRASES).text == f"{CONTEXT_AFTER}{markup} the Kremlin stated"


def test_blocks_are_texts_of_their_own() -> None:
    text = scan_html(
        "<h1>One</h1>two <b>three</b><br>four<br><br>five<table><tr><td>six<td>seven</table><li>eight"
    ).text
    assert text.split("\n\n") == ["One", "two three\nfour", "five", "six", "seven", "eight"]


def test_the_spin_rate_is_that_of_the_page(seed: str) -> None:
    paragraphs = seed.split("\n\n")
    page = "<html><title>China</title><body>" + "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    whole, plain = repair_html(page, REPAIRER), REPAIRER.inspect(seed)
    assert whole.report.spin > 0.99
    assert len(whole.report.edits) > 0.95 * len(plain.edits)
    assert repair_html(f"<p>{paragraphs[0]}</p>", REPAIRER).report.edits == ()


def test_what_a_page_cannot_hold_becomes_a_reference() -> None:
    page = "<p>” Of course</p>"
    assert repair_html(page, PHRASES).text == "<p>“Of course</p>"
    assert repair_html(page, PHRASES, encoding="iso-8859-1").text == "<p>&#8220;Of course</p>"
    assert repair_html(f"<h1>&ldquo;</h1>{page}", PHRASES).text == "<h1>&ldquo;</h1><p>&ldquo;Of course</p>"


def test_nothing_to_do_gives_the_same_object() -> None:
    page = "<p>A sound text stays as it is.</p>"
    assert repair_html(page, REPAIRER).text is page


def test_bytes_are_refused() -> None:
    with pytest.raises(TypeError, match="decode it first"):
        repair_html(b"<p>", REPAIRER)  # type: ignore[arg-type]


def check(page: str, result: MarkupResult) -> None:
    assert result.report.text is page
    at = 0
    pieces = []
    for edit in result.report.edits:
        assert at <= edit.start < edit.end
        assert page[edit.start : edit.end] == edit.before != edit.after
        pieces += [page[at : edit.start], edit.after]
        at = edit.end
    assert result.text == "".join([*pieces, page[at:]])
    assert result.report.revert() == page


class Skeleton(HTMLParser):
    """Everything but text, and all that stands in elements whose content is no prose."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []
        self._inside: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(("start", tag, attrs, self.get_starttag_text()))
        if tag in ("code", "pre", "script", "style", "textarea", "kbd", "samp"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("end", tag))
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(("text", data))


WORDS = st.sampled_from(
    "stated|has actually been|the 2 sides|his Russian equivalent|take a trip to|very first|&amp;|&rsquo;s|see"
    "|” Of course|considering that|Xi’s see|war– a claim|12- point|less and less choices|a essential|ended up being"
    "|\n|  |<br>|&nbsp;".split("|")
)
TEXT = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
ATTRIBUTES = st.sampled_from(
    ["", ' class="a"', " title='he > stated'", ' href="/see?a=1&b=2"', " hidden", ' x="stated"']
)


def element(content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from("p b i a em div span li td h2 blockquote code pre kbd".split())
    whole = st.tuples(names, ATTRIBUTES, content).map(lambda part: f"<{part[0]}{part[1]}>{part[2]}</{part[0]}>")
    raw = st.sampled_from("script style textarea".split()).flatmap(
        lambda name: TEXT.map(lambda text: f"<{name}>{text.replace('<', '')}</{name}>")
    )
    return st.lists(st.one_of(TEXT, whole, raw, TEXT.map("<!-- {} -->".format)), max_size=5).map("".join)


PAGES = st.recursive(TEXT, element, max_leaves=12)


@settings(max_examples=300)
@given(PAGES)
def test_pages_keep_their_tags(page: str) -> None:
    result = repair_html(page, PHRASES)
    check(page, result)
    assert Skeleton(result.text).found == Skeleton(page).found


@settings(max_examples=300)
@given(PAGES, st.data())
def test_damaged_pages(page: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(page)))
        noise = data.draw(
            st.sampled_from(["<", ">", '"', "'", "&", "<!--", "-->", "</", "<svg>", "=", "\0", "<![CDATA["])
        )
        page = page[:at] + noise + page[at + data.draw(st.integers(0, 3)) :]
    check(page, repair_html(page, PHRASES))
    check(page, repair_html(page, EAGER, spun=True))


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text(text: str) -> None:
    check(text, repair_html(text, EAGER, spun=True))


@pytest.mark.parametrize(
    "page",
    ["<" * 100_000, "<a " * 50_000, "<a b='" * 30_000, "<p>he stated " * 10_000, "&" * 100_000,
     "<!--" * 50_000, "<code>" * 50_000, "a<b>" * 50_000, "<script><!--<script>" * 20_000, "&#" + "9" * 100_000,
     " " * 200_000],
    ids=lambda page: repr(page[:12]),
)  # fmt: skip
def test_rough_pages(page: str) -> None:
    check(page, repair_html(page, REPAIRER, spun=True))
