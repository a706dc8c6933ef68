"""Connections that go to allowed addresses only, are left when they are too slow, and end when the run is stopped."""

import time
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar
from importlib.metadata import version
from typing import Any

import httpcore
import httpx

from chereme.download.addresses import Addresses
from chereme.download.reasons import Failure, Stopped
from chereme.download.settings import Download

SLICE = 0.5
"""Seconds after which a read that waits looks whether the run is being stopped."""

MOST_KEPT = 64
"""Connections kept open at most; more than any sensible number of workers."""

Asked = Callable[[], bool]
"""Whether the run is being stopped."""


def agent() -> str:
    """chereme's own name, for hosts to know who asks."""
    return f"chereme/{version('chereme')} (sign language research; python-httpx/{httpx.__version__})"


def client(asked: Download, stopping: Asked, cookies: CookieJar | None = None) -> httpx.Client:
    """A client whose every connection is checked, those of redirects too; it follows none by itself.

    The environment's proxies are not used: through a proxy, addresses cannot be checked. `asked.proxy` names one.
    """
    return httpx.Client(
        transport=_Transport(asked, stopping),
        timeout=asked.timeout,
        cookies=cookies,
        headers={"User-Agent": asked.agent or agent(), "Accept": "*/*"},
        trust_env=False,
    )


class _Transport(httpx.HTTPTransport):
    def __init__(self, asked: Download, stopping: Asked) -> None:
        super().__init__(proxy=asked.proxy or None)
        if not hasattr(self, "_pool"):
            raise RuntimeError(f"httpx {httpx.__version__} keeps its connections elsewhere; take an earlier one")
        if not asked.proxy:
            self._pool = httpcore.ConnectionPool(
                ssl_context=httpx.create_ssl_context(),
                max_connections=None,
                max_keepalive_connections=MOST_KEPT,
                keepalive_expiry=5.0,
                network_backend=_Guard(asked, stopping),
            )


class _Guard(httpcore.NetworkBackend):
    """Resolves a name, looks at the addresses, and connects to one of those."""

    def __init__(self, asked: Download, stopping: Asked) -> None:
        self._inner = httpcore.SyncBackend()
        self._addresses = Addresses(asked.private)
        self._slowest, self._patience, self._stopping = asked.slowest, asked.timeout, stopping

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first allowed address that answers."""
        trouble: Exception | None = None
        for address in self._addresses.resolve(host, port):
            try:
                stream = self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _Patient(stream, self._slowest, self._patience, self._stopping)
        assert trouble is not None  # `resolve` gives at least one address
        raise trouble

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refused: no URL leads to one."""
        raise Failure("private_address", path)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._inner.sleep(seconds)


class _Patient(httpcore.NetworkStream):
    """A connection whose reads end when too little has come for as long as the timeout, headers included.

    Only time spent waiting for the host counts, not what we do with what came.
    """

    def __init__(self, inner: httpcore.NetworkStream, slowest: float, patience: float, stopping: Asked) -> None:
        self._inner, self._slowest, self._patience, self._stopping = inner, slowest, patience, stopping
        self._waited, self._came = 0.0, 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What came."""
        began = time.monotonic()
        while True:
            if self._stopping():
                raise Stopped
            silent = time.monotonic() - began
            left = SLICE if timeout is None else min(SLICE, timeout - silent)
            try:
                data = self._inner.read(max_bytes, max(left, 0.001))
                break
            except httpcore.ReadTimeout:
                if timeout is not None and time.monotonic() - began >= timeout:
                    raise
        self._waited += time.monotonic() - began
        self._came += len(data)
        if self._waited > self._patience:
            if self._came < self._slowest * self._waited:
                raise httpcore.ReadTimeout(f"{self._came} bytes in {self._waited:.0f} s")
            self._waited, self._came = 0.0, 0
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; what is waited for from now on belongs to another request."""
        self._waited, self._came = 0.0, 0
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; the certificate must fit the name, not the address."""
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _Patient(inner, self._slowest, self._patience, self._stopping)

    def get_extra_info(self, info: str) -> Any:
        """What the connection says of itself."""
        return self._inner.get_extra_info(info)


def failure(error: httpx.HTTPError | httpx.InvalidURL) -> Failure:
    """The reason for which a request failed."""
    words = str(error) or type(error).__name__
    match error:
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Failure("bad_url", words)
        case httpx.TimeoutException():
            return Failure("timeout", words)
        case httpx.ConnectError() | httpx.ProxyError():
            return Failure("unreachable", words)
        case httpx.TooManyRedirects():
            return Failure("redirects", words)
        case _:
            return Failure("cut_short", words)
