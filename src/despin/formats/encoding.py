"""From bytes to text and back, each record in the encoding it came in."""

from __future__ import annotations

import codecs
import re

from despin.errors import ConfigError

__all__ = ["check_encoding", "decode", "decode_file", "describe"]

AUTO = "auto"
_FALLBACK = "cp1252"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<(?:meta\s[^>]*?charset\s*=|\?xml\s[^>]*?encoding\s*=)\s*["']?\s*([\w.:-]+)""", re.I)
_SEARCHED = 2048


def check_encoding(name: str) -> str:
    """The name if Python knows such a text encoding.

    Raises:
        ConfigError: It does not.
    """
    if name != AUTO:
        try:
            "".encode(name)
        except LookupError:
            raise ConfigError(f"--encoding {name}: unknown; for example utf-8, latin-1, cp1252, auto") from None
    return name


def decode(raw: bytes, encoding: str) -> tuple[str, str]:
    """The text of a record, and the encoding to write it in.

    Raises:
        UnicodeDecodeError: It is something else; see `describe`.
    """
    if encoding != AUTO:
        return raw.decode(encoding), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode(_FALLBACK), _FALLBACK


def decode_file(raw: bytes, encoding: str) -> tuple[bytes, str, str]:
    """A whole file: its byte order mark, its text without it, and the encoding to write it in.

    Raises:
        UnicodeDecodeError: It is something else; see `describe`.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark) and (encoding == AUTO or name == "utf-8"):
            return mark, raw[len(mark) :].decode(name), name
    if encoding == AUTO and (found := _DECLARED.search(raw[:_SEARCHED])):
        name = found[1].decode("ascii")
        try:
            name = codecs.lookup("cp1252" if name.lower() == "iso-8859-1" else name).name
            return b"", raw.decode(name), name
        except (LookupError, UnicodeDecodeError):
            pass
    text, name = decode(raw, encoding)
    return b"", text, name


def describe(error: UnicodeDecodeError, encoding: str) -> str:
    """What to tell about bytes that do not decode."""
    name = "UTF-8 or Windows-1252" if encoding == AUTO else "UTF-8" if encoding == "utf-8" else encoding
    hint = "" if encoding == AUTO else "; give its --encoding, or --encoding auto"
    return f"is not {name} (byte {error.start}: 0x{error.object[error.start]:02x}){hint}"
