"""Feeds in the shapes that are out there: the same feed comes out, with other words."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin import Config, Repairer
from despin.errors import InputError
from despin.feeds import repair_feed
from tests.markup.phrases import Phrases

WILD = Path(__file__).parent / "wild"
NAMES = sorted(path.name for path in WILD.iterdir() if ".expected" not in path.name)
EAGER = Repairer(config=Config.of("eager"))


@pytest.mark.parametrize("name", NAMES)
def test_wild_feeds(name: str) -> None:
    stem, suffix = name.split(".")
    data = (WILD / name).read_bytes()
    assert repair_feed(data, Phrases()).data == (WILD / f"{stem}.expected.{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("name", "kind", "names"),
    [
        ("wordpress.xml", "rss", ["https://gazette.example/?p=4711"]),
        ("blogger.xml", "atom", ["tag:blogger.example,1999:blog-1.post-7", "tag:blogger.example,1999:blog-1.post-8"]),
        ("medium.xml", "rss", ["https://medium.example/p/1f"]),
        ("micro.json", "json", ["https://micro.example/1", "2"]),
        ("slash.rdf", "rss1", ["https://slash.example/1"]),
    ],
)
def test_kinds_and_names(name: str, kind: str, names: list[str]) -> None:
    result = repair_feed((WILD / name).read_bytes(), Phrases())
    assert (result.kind, [entry.name for entry in result.entries]) == (kind, names)


def test_an_item_is_one_document() -> None:
    tool = Phrases()
    entry = repair_feed((WILD / "medium.xml").read_bytes(), tool).entries[0]
    assert len(tool.texts) == 1
    assert entry.report.text == tool.texts[0]
    assert entry.report.text.startswith("What the engineer stated & why\n\nThe very first see\n\n")
    assert all(entry.report.text[e.start : e.end] == e.before for e in entry.report.edits)


def test_nothing_to_do_gives_the_same_object() -> None:
    data = (WILD / "wordpress.xml").read_bytes()
    assert repair_feed(data, Repairer(), spun=False).data is data


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252", "iso-8859-15", "koi8-r", "shift_jis"])
def test_encodings(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    feed = f"<?xml version='1.0' encoding='{declared}'?>\n<rss><item><title>%s</title></item></rss>"
    given_, wanted = (
        "He stated &#8220;it&#8221; ]]&gt; AT and T",
        "He said &#8220;it&#8221; ]]&gt; AT&amp;amp;T &amp;lt;co&amp;gt;",
    )
    assert repair_feed((feed % given_).encode(encoding), Phrases()).data == (feed % wanted).encode(encoding)


def test_the_server_says_the_encoding() -> None:
    feed = "<rss><item><title>Café stated</title></item></rss>".encode("latin-1")
    with pytest.raises(InputError, match=r"not utf-8 as it says \(byte 21\)"):
        repair_feed(feed, Phrases())
    fixed = repair_feed(feed, Phrases(), content_type="text/xml; charset=ISO-8859-1").data
    assert fixed == "<rss><item><title>Café said</title></item></rss>".encode("latin-1")


def test_an_empty_line_before_the_declaration() -> None:
    data = b"\n \n<?xml version='1.0'?><rss><item><title>He stated</title></item></rss>"
    assert repair_feed(data, Phrases()).data == data.replace(b"stated", b"said")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\xef\xbb\xbf", "neither XML nor JSON"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"hello", "neither XML nor JSON"),
        (b"<!DOCTYPE html><title>Not found</title>", "is a web page, no feed$"),
        (b"<!-- x --><html>", "is a web page"),
        (b"<!-- x -->" * 1000 + b"<svg/>", "is XML, but no feed"),
        (b"<html>" + b"<link " * 30_000, "is a web page"),
        (
            b"<html><link rel=alternate type='application/rss+xml' href='/feed?a=1&amp;b=2'>",
            r"is a web page, no feed; it names /feed\?a=1&b=2",
        ),
        (b"<rss><item><title>He stated</title></item>", r"not well-formed XML: no element found \(line 1, column"),
        (b"<rss><item>&nbsp;</item></rss>", "undefined entity"),
        (b"<svg/>", "is XML, but no feed: its root element is <svg>"),
        (b"{]", "not valid JSON"),
        (b"[]", "no JSON Feed"),
        (b'{"version": "1"}', "no JSON Feed: its version"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "no list of items"),
        (b"[" * 100_000, "nested too deeply"),
        (b"<rss>" + b"<a>" * 300 + b"</a>" * 300 + b"</rss>", "nested more than 200 deep"),
        (b"<?xml version='1.0' encoding='klingon'?><rss/>", "unknown encoding, klingon"),
        (b"<?xml version='1.0' encoding='zlib'?><rss/>", "unknown encoding, zlib"),
        (b'<!DOCTYPE a [<!ENTITY a "b">]><rss/>', "declares entities"),
        (b'<!DOCTYPE a [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><rss/>', "declares entities"),
        (
            b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><title>&a;</title></item></rss>',
            "entities",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_feeds(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        repair_feed(data, Phrases())


def test_a_billion_laughs() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]><rss><item><title>&l9;</title></item></rss>'
    with pytest.raises(InputError, match="declares entities"):
        repair_feed(bomb.encode(), Phrases())


def test_bytes_are_wanted() -> None:
    with pytest.raises(TypeError, match="takes bytes"):
        repair_feed("<rss/>", Phrases())  # type: ignore[arg-type]


def test_a_feed_is_one_source(seed: str) -> None:
    """Items that tell little by themselves are repaired where the others show what the site does."""
    sentences = [p for p in seed.split("\n\n") if 100 < len(p) < 400]
    items = "".join(f"<item><description>{text}</description></item>" for text in sentences)
    tool = Repairer()
    together = repair_feed(f"<rss>{items}</rss>".encode(), tool)
    alone = [repair_feed(f"<rss><item><description>{t}</description></item></rss>".encode(), tool) for t in sentences]
    assert sum(bool(e.report.edits) for e in together.entries) > sum(bool(r.entries[0].report.edits) for r in alone)


PROSE = st.sampled_from(
    ["stated", "see", "the 2", "” Of course", "equivalent", "AT and T", "é", "🚀", "&amp;", "&lt;b>", " "]
)
XML_TEXT = st.lists(
    st.one_of(
        PROSE, PROSE.map("<![CDATA[<i>{}</i>]]>".format), PROSE.map("<!--{}-->".format), PROSE.map("<i>{}</i>".format)
    ),
    max_size=8,
).map(" ".join)


@st.composite
def xml_feeds(draw: st.DrawFn) -> str:
    texts = [draw(XML_TEXT) for _ in range(5)]
    kind = draw(st.sampled_from(["text", "html", "xhtml"]))
    if draw(st.booleans()):
        return (
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>{texts[0]}</title><entry><title type='{kind}'>{texts[1]}"
            f'</title><content type="{kind}">{texts[2]}</content></entry>{texts[3]}</feed>'
        )
    return (
        f"<rss>{texts[0]}<channel><item><title>{texts[1]}</title><x>{texts[2]}</x><description a='>'>{texts[3]}"
        f"</description></item>{texts[4]}</channel></rss>"
    )


def skeleton(element: ElementTree.Element, inside: bool = False) -> list[object]:
    """Everything but the texts that may change."""
    inside = inside or element.tag.rpartition("}")[2] in ("title", "description", "content")
    found: list[object] = [element.tag, element.attrib, "" if inside else element.text]
    for child in element:
        found += [skeleton(child, inside), "" if inside else child.tail]
    return found


@settings(max_examples=300)
@given(xml_feeds(), st.sampled_from(["utf-8", "iso-8859-1"]))
def test_random_xml(feed: str, encoding: str) -> None:
    declared = f"<?xml version='1.0' encoding='{encoding}'?>{feed}"
    data = declared.encode(encoding, "xmlcharrefreplace")
    for tool in (Phrases(), EAGER):
        result = repair_feed(data, tool, spun=True)
        assert skeleton(ElementTree.fromstring(result.data)) == skeleton(ElementTree.fromstring(data))
        if not any(entry.report.edits for entry in result.entries):
            assert result.data is data


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just('he stated the 2 🚀\n"')),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
ITEMS = st.lists(
    st.dictionaries(st.sampled_from("id title summary content_html content_text tags x".split()), VALUES, max_size=6),
    max_size=4,
)


@settings(max_examples=300)
@given(ITEMS, st.booleans(), st.sampled_from([None, 2]))
def test_random_json(items: list[object], ascii_only: bool, indent: int | None) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "stated", "items": items}
    data = json.dumps(feed, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
    result = repair_feed(data, Phrases())
    texts = ("title", "summary", "content_html", "content_text")
    before, after = json.loads(data), json.loads(result.data)
    for old, new in zip(before["items"], after["items"], strict=True):
        assert {**old, **dict.fromkeys(texts)} == {**new, **dict.fromkeys(texts)}
        if isinstance(old.get("title"), str):
            assert new["title"] == Phrases().inspect(old["title"]).apply()


@settings(max_examples=300)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"<", b"{", b"<rss><item><title>", b"\xff\xfe", b"\xef\xbb\xbf<"])
)
def test_any_bytes(data: bytes, start: bytes) -> None:
    with suppress(InputError):
        result = repair_feed(start + data, Phrases())
        assert result.kind in ("rss", "rss1", "atom", "json")
