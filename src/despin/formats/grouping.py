"""The group a record is pooled with: a field's value, or the host of an address."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["group_of"]

_LONGEST = 253  # of a host name; a field that is longer is no habit's name


def group_of(value: object, domain: bool) -> str:
    """The group that a field's value names; empty where it names none.

    The host stands for the site, without ``www.``; which hosts belong to one owner is not known offline.

    >>> group_of("https://www.Example.org:8080/a?b", True), group_of("news.example.org/a", True)
    ('example.org', 'news.example.org')
    >>> group_of(" Daily Mail ", False), group_of(None, False), group_of("mailto:x", True)
    ('Daily Mail', '', '')
    """
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    text = str(value).strip()
    if not domain:
        return text[:_LONGEST]
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = host.lower().removeprefix("www.").rstrip(".")
    return host[:_LONGEST] if "." in host else ""
