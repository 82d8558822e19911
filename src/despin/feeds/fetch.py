"""Fetches a feed, and nothing but that feed, within limits that hold whatever the server does."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from despin.errors import FetchError, MissingExtraError
from despin.feeds.cache import Cache, Fetched

try:
    import httpcore
    import httpx

    from despin.feeds.network import Clock, Transport
except ImportError as error:
    raise MissingExtraError("Fetching feeds", "httpx", "feeds") from error

__all__ = ["Limits", "fetch"]

_REDIRECTS = {301, 302, 303, 307, 308}
_ACCEPTED = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml, application/json, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may cost.

    Attributes:
        seconds: For everything together, names and redirects included.
        size: Bytes of the feed, compressed or not.
        redirects: How many are followed.
    """

    seconds: float = 30.0
    size: int = 32 << 20
    redirects: int = 5


def fetch(url: str, *, limits: Limits | None = None, allow_private: bool = False, cache: Path | None = None) -> Fetched:
    """Get a feed over HTTP.

    Args:
        url: ``http:`` or ``https:``.
        limits: What it may cost.
        allow_private: Whether the address, or one that it redirects to, may be on a private network or this machine.
        cache: A folder that keeps what came; the server is then asked for what is newer (ETag, Last-Modified).

    Raises:
        FetchError: It is no such address, not allowed, not there, too long, too slow, or damaged.
    """
    limits = limits or Limits()
    clock = Clock(limits.seconds)
    store = Cache(cache) if cache else None
    known = store.get(url) if store else None
    timeout = httpx.Timeout(limits.seconds)
    try:
        with httpx.Client(transport=Transport(clock, allow_private), timeout=timeout, trust_env=False) as client:
            fetched = _follow(client, url, known, limits, clock)
    except (httpcore.TimeoutException, httpx.TimeoutException):
        raise FetchError(f"{url}: the server did not answer within {limits.seconds:g} s") from None
    except (httpcore.RemoteProtocolError, httpx.RemoteProtocolError) as error:
        raise FetchError(f"{url}: the server's answer is broken: {error}") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchError(f"{url}: cannot be fetched: {error}") from None
    except FetchError as error:
        raise FetchError(f"{url}: {error}") from None
    if store and not fetched.cached and (fetched.etag or fetched.last_modified):
        with suppress(OSError):  # a folder that cannot be written costs a download next time, no more
            store.put(url, fetched)
    return fetched


def _follow(client: httpx.Client, url: str, known: Fetched | None, limits: Limits, clock: Clock) -> Fetched:
    """Ask, and go where the answer says."""
    at = _address(url)
    for _ in range(limits.redirects + 1):
        conditions = _conditions(known) if known and known.url == str(at) else {}
        request = client.build_request("GET", at, headers={**_headers(), **conditions})
        response = client.send(request, stream=True, follow_redirects=False)
        try:
            if response.status_code == 304 and conditions and known:
                return replace(known, cached=True)
            if response.status_code in _REDIRECTS and "location" in response.headers:
                at = _address(str(at.join(response.headers["location"])))
                continue
            if response.status_code != 200:
                raise FetchError(f"the server answers {response.status_code} {response.reason_phrase}".rstrip())
            return Fetched(
                _body(response, limits, clock),
                str(at),
                response.headers.get("content-type", ""),
                response.headers.get("etag", ""),
                response.headers.get("last-modified", ""),
            )
        finally:
            response.close()
    raise FetchError(f"redirects more than {limits.redirects} times")


def _address(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise FetchError(f"is no address: {error}") from None
    if parsed.scheme not in ("http", "https"):
        raise FetchError(f"{parsed.scheme or 'nothing'}: is not fetched, only http: and https:")
    if not parsed.host:
        raise FetchError("names no host")
    return parsed.copy_with(fragment=None)


def _headers() -> dict[str, str]:
    import despin

    return {
        "User-Agent": f"despin/{despin.__version__}",
        "Accept": _ACCEPTED,
        "Accept-Encoding": "gzip, deflate",
    }


def _conditions(known: Fetched) -> dict[str, str]:
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _body(response: httpx.Response, limits: Limits, clock: Clock) -> bytes:
    """The body, decompressed; a bomb is noticed as soon as it passes the limit."""
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limits.size:
        raise FetchError(f"is {int(announced):,} bytes long; more than {limits.size:,} are not read")
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    chunks = _timed(response.iter_raw(), clock)
    if coding in ("gzip", "x-gzip", "deflate"):
        chunks = _inflated(chunks)
    elif coding not in ("identity", ""):
        raise FetchError(f"is compressed as {coding[:40]}, which was not asked for")
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > limits.size:
            raise FetchError(f"is longer than {limits.size:,} bytes; raise --max-size if that is right")
    return bytes(data)


def _timed(chunks: Iterable[bytes], clock: Clock) -> Iterator[bytes]:
    for chunk in chunks:
        clock.left()
        yield chunk


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompressed in pieces of at most 64 KiB, so that the size can be watched."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, as it says itself
    try:
        for chunk in chunks:
            pending = chunk
            while pending and not inflate.eof:
                yield inflate.decompress(pending, 1 << 16)
                pending = inflate.unconsumed_tail
        while not inflate.eof:
            rest = inflate.decompress(inflate.unconsumed_tail, 1 << 16)
            if not rest:
                raise FetchError("ends in the middle of its compressed data")
            yield rest
    except zlib.error as error:
        raise FetchError(f"is damaged: {error}") from None
