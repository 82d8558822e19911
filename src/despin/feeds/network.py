"""Connections that go where they may, and never take longer than they may.

Names are resolved here and the connection goes to the very address that was checked, so a name that answers
differently the second time (DNS rebinding) gains nothing. Every wait is cut to what is left of the whole time, so a
server that sends a byte now and then gains nothing either.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from despin.errors import FetchError

__all__ = ["Clock", "Transport", "is_public"]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Clock:
    """The time that is left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than 0.

        Raises:
            FetchError: None are left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchError(f"took longer than {self.seconds:g} s; raise --timeout if the server is that slow")
        return left

    def cut(self, timeout: float | None) -> float:
        """The given time, or what is left if that is less."""
        left = self.left()
        return left if timeout is None else min(timeout, left)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; addresses within addresses are looked into.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1"), is_public("fe80::1%eth0")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


class Transport(httpx.BaseTransport):
    """Sends requests of `httpx` over guarded connections; proxies of the environment are not used.

    Args:
        clock: The time there is for all requests together.
        allow_private: Whether addresses of private networks and of this machine may be connected to.
    """

    def __init__(self, clock: Clock, allow_private: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=_Guard(clock, allow_private), max_connections=1
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of a response."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Any:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Guard(httpcore.NetworkBackend):
    """Resolves, checks, connects."""

    def __init__(self, clock: Clock, allow_private: bool) -> None:
        self._backend = httpcore.SyncBackend()
        self._clock = clock
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve(host, port, self._clock)
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise FetchError(f"{host} is {address}, an address of a private network; --allow-private lets it")
        for number, address in enumerate(addresses, 1):
            try:
                stream = self._backend.connect_tcp(
                    address, port, self._clock.cut(timeout), local_address, socket_options
                )
                return _Stream(stream, self._clock)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(self, *arguments: Any, **more: Any) -> httpcore.NetworkStream:
        raise FetchError("feeds are not read from sockets")


class _Stream(httpcore.NetworkStream):
    """A connection whose waits are cut to the time that is left."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.cut(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._clock.cut(timeout)), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str, port: int, clock: Clock) -> list[str]:
    """The addresses of a name. The system's resolver cannot be interrupted, so it is asked on a thread of its own."""
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(
                dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            )
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=ask, daemon=True, name="despin-resolver")
    thread.start()
    thread.join(clock.left())
    clock.left()
    if failed:
        raise FetchError(f"{host} cannot be found: {failed[0].strerror or failed[0]}")
    return found
