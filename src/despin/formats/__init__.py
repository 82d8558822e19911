"""The kinds of files that records are read from and written to.

A new one is a class that follows `Format`, and a line in `_formats` below.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from despin.errors import ConfigError
from despin.formats.base import Format
from despin.formats.compression import SUFFIXES

__all__ = ["CONVERSIONS", "bare_suffix", "format_names", "format_of", "get_format"]

# (source's format, target's format) -> the format that reads the one and writes the other
CONVERSIONS = {("warc", "jsonl"): "warc-articles"}


@cache
def _formats() -> dict[str, Format]:
    from despin.formats.jsonl import JsonLines
    from despin.formats.parquet import Parquet
    from despin.formats.table import Table
    from despin.formats.text import WholeFile
    from despin.formats.warc import Warc, WarcArticles

    found: list[Format] = [
        JsonLines(),
        Table(),
        Parquet(),
        WholeFile("text", (".txt", ".text")),
        WholeFile("html", (".html", ".htm", ".xhtml")),
        WholeFile("markdown", (".md", ".markdown")),
        Warc(),
        WarcArticles(),
    ]
    return {item.name: item for item in found}


def format_names() -> list[str]:
    """Names of the formats that can be asked for."""
    return [name for name in _formats() if name not in CONVERSIONS.values()]


def get_format(name: str) -> Format:
    """The format of a name.

    Raises:
        ConfigError: There is none.
    """
    try:
        return _formats()[name]
    except KeyError:
        raise ConfigError(f"no format {name!r}; one of {', '.join(format_names())}") from None


def format_of(path: Path) -> Format | None:
    """The format that the name of a file tells, its compression aside; None if it tells none."""
    suffix = bare_suffix(path)
    return next((item for item in _formats().values() if suffix in item.suffixes), None)


def bare_suffix(path: Path) -> str:
    """The ending of a name in lower case, without that of its compression.

    >>> bare_suffix(Path("a/pages.JSONL.gz"))
    '.jsonl'
    """
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in SUFFIXES else suffix
