"""yt-dlp's requests by way of our connections, so that they too reach allowed addresses only."""

import io
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from typing import Any

import httpx

from chereme.download.reasons import Failure, Stopped

MOST_REDIRECTS = 10


def director(connect: Callable[[CookieJar], httpx.Client]) -> type[Any]:
    """A request handler of yt-dlp's kind that asks through `connect`'s client."""
    from yt_dlp.networking.common import RequestHandler, Response
    from yt_dlp.networking.exceptions import HTTPError, RequestError, TransportError

    class ChecksAddressesRH(RequestHandler):  # type: ignore[misc]
        """Asks through a client whose connections are checked."""

        _SUPPORTED_URL_SCHEMES = ("http", "https")

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self._client = connect(self.cookiejar)
            self._client.max_redirects = MOST_REDIRECTS

        def _check_extensions(self, extensions: dict[str, Any]) -> None:
            super()._check_extensions(extensions)
            for known in ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing"):
                extensions.pop(known, None)

        def _send(self, request: Any) -> Any:
            sent = self._client.build_request(
                request.method,
                request.url,
                headers=self._get_headers(request),
                content=request.data,
                timeout=self._calculate_timeout(request),
            )
            try:
                answer = self._client.send(sent, stream=True, follow_redirects=True)
            except httpx.TooManyRedirects as error:
                raise TransportError("redirect loop", cause=error) from error
            except httpx.InvalidURL as error:
                raise RequestError(cause=error) from error
            except (httpx.HTTPError, Failure, Stopped) as error:
                raise TransportError(cause=error) from error
            body = Response(
                fp=io.BufferedReader(_Body(answer, TransportError)),
                url=str(answer.url),
                headers=dict(answer.headers),
                status=answer.status_code,
            )
            if not 200 <= answer.status_code < 300:
                raise HTTPError(body)
            return body

        def close(self) -> None:
            self._client.close()

    return ChecksAddressesRH


class _Body(io.RawIOBase):
    """An answer's bytes as a file; trouble in the midst becomes yt-dlp's own exception."""

    def __init__(self, answer: httpx.Response, trouble: type[Exception]) -> None:
        self._answer, self._trouble = answer, trouble
        self._blocks: Iterator[bytes] = answer.iter_bytes()
        self._left = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as what has come allows; 0 at the end."""
        try:
            while not self._left:
                self._left = next(self._blocks, b"") or b""
                if not self._left:
                    return 0
        except (httpx.HTTPError, httpx.StreamError, Failure, Stopped) as error:
            raise self._trouble(cause=error) from error  # type: ignore[call-arg]
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def close(self) -> None:
        """Give the connection back."""
        self._answer.close()
        super().close()
