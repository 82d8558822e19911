"""What fuzzing begins with: small real inputs of each target, and words that a fuzzer would not guess."""

from __future__ import annotations

import gzip
import json
import struct
import tempfile
from pathlib import Path

import zstandard

from despin.channel.rows import read_folder
from despin.model.container import write
from tests.markup.phrases import PHRASES

__all__ = ["seeds", "words"]

ROOT = Path(__file__).parents[2]
_MARKUP = ("<b>", "</p>", "&amp;", "&#8220;", "<!--", "-->", "<![CDATA[", "]]>", "<pre>", "</script>")
_CHARACTERS = ("“", "”", "’", "\u00ad", "\U0001f468\u200d", "\u0301", "\u2028")
_RECORDS = ('{"text": "', "\\u201c", "\\ud83d", '""', "WARC/1.0\r\n", "Content-Length: ")
_ROWS = ("# family: news", "# pos: verb", "spun\toriginal", "next=to", "prev!=NAME")


def seeds(target: str) -> list[bytes]:
    """First inputs of a target."""
    article = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
    paragraphs = [part for part in article.split("\n") if part.strip()][:12]
    if target in ("core", "scan"):
        lead = b"\1" if target == "core" else b""
        cases = json.loads((ROOT / "tests/cases/wild.json").read_text("utf-8"))
        texts = [*paragraphs, "\n\n".join(paragraphs[:4]), json.dumps(cases, ensure_ascii=False)[:2000]]
        return [lead + text.encode("utf-8", "surrogatepass") for text in texts]
    return {
        "model": _models,
        "sections": _changes,
        "rows": _rows,
        "lexicon": _lexicon,
        "jsonl": lambda: [_jsonl(paragraphs)],
        "table": lambda: [b"," + _table(paragraphs, ","), b"\xff" + _table(paragraphs, "\t")],
        "warc": lambda: [_warc(paragraphs)],
        "articles": lambda: [_warc(paragraphs)],
        "compressed": lambda: [
            b"\0" + gzip.compress(_jsonl(paragraphs)),
            b"\xff" + zstandard.compress(_jsonl(paragraphs)),
        ],
        "feed": lambda: [path.read_bytes()[:6000] for path in sorted((ROOT / "tests/feeds/wild").iterdir())] + _feeds(),
        "html": lambda: [_page(paragraphs), *(f"<p>{text}".encode() for text in PHRASES)],
        "markdown": lambda: [(ROOT / "docs/clean.md").read_bytes(), "* ".join(PHRASES).encode()],
    }[target]()


def words(target: str) -> list[bytes]:
    """Strings that are worth being tried as they are."""
    if target == "core":
        rows = read_folder(ROOT / "dictionaries/en")
        return [row.spun.encode() for row in rows[::9]]
    return [word.encode("utf-8", "surrogatepass") for word in (*PHRASES, *_MARKUP, *_CHARACTERS, *_RECORDS, *_ROWS)]


def _models() -> list[bytes]:
    path = Path(tempfile.mkdtemp()) / "seed.despin"
    write(path, {"decision": {"a": 1}}, {"vocab.text": b"abc", "vocab.logp": bytes(12)})
    data = path.read_bytes()
    path.unlink()
    path.parent.rmdir()
    return [data, data[:-64], data[:16]]


def _changes() -> list[bytes]:
    """A cut, a fill, and numbers, of several sections (see tests/fuzz/sections.py)."""
    return [struct.pack("<BBIi", number, number, 4000, 7 if number % 2 else -1) for number in range(26)]


def _rows() -> list[bytes]:
    lines = (ROOT / "dictionaries/en/news.verb.tsv").read_bytes().split(b"\n")
    conditions = b"spun\toriginal\tpos\tfamily\tweight\tcontext\tnote\nsee\tvisit\tnoun\tnews\t0.4\tnext=to\tA note\n"
    return [b"\n".join(lines[:12]) + b"\n", conditions]


def _lexicon() -> list[bytes]:
    bodies = ("stated\tsaid\t0.4\n", "stated->said, told\n", "{stated|said} the {2|two}\n", "stated,said\n")
    return [bytes([number]) + body.encode() for number, body in enumerate(bodies)]


def _jsonl(texts: list[str]) -> bytes:
    records = [{"id": number, "text": text} for number, text in enumerate(texts[:4])]
    return b"".join(json.dumps(one, ensure_ascii=one["id"] in (1, 3)).encode() + b"\n" for one in records)


def _table(texts: list[str], delimiter: str) -> bytes:
    rows = [f'{n}{delimiter}"{text}"' for n, text in enumerate(texts[:4])]
    return "\r\n".join([f"id{delimiter}text", *rows, ""]).encode()


def _page(texts: list[str]) -> bytes:
    return ("<html><title>A page</title><body><p>" + "</p><p><b>".join(texts[:3]) + "<pre>stated</pre></body>").encode()


def _warc(texts: list[str]) -> bytes:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + _page(texts)
    records = (
        ("response", "application/http; msgtype=response", page),
        ("conversion", "text/plain", texts[0].encode()),
    )
    made = b""
    for kind, content, body in records:
        head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://a.example/{kind}\r\n"
        head += f"Content-Type: {content}\r\nContent-Length: {len(body)}\r\n\r\n"
        made += head.encode() + body + b"\r\n\r\n"
    return made


def _feeds() -> list[bytes]:
    item = "<item><title>He stated</title><description>The &lt;b&gt;very first&lt;/b&gt;</description></item>"
    items = [{"id": "1", "content_text": "He stated “it”"}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    return [f"<rss><channel>{item}</channel></rss>".encode(), json.dumps(feed).encode()]
