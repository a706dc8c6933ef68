"""Who may talk to the server: by which name it is called, from which page, with which token."""

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names by which only this machine is called."""
PROTOCOL = "chereme"
"""The WebSocket's subprotocol; a second one, `token.<token>`, carries the token: pages cannot set headers there."""

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""With every answer."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a request must show."""

    token: str = field(default="", repr=False)
    """Asked for where it is not empty."""
    names: frozenset[str] | None = LOOPBACK
    """Names in the header Host that are answered to, lower case; None: any. A page of another site that has its own
    name lead here (DNS rebinding) would otherwise be this server's page."""

    def knows(self, host: str) -> bool:
        """Whether the name in a Host header is one of ours."""
        return self.names is None or _name(host) in self.names

    def is_own(self, origin: str | None, host: str) -> bool:
        """Whether a request comes from our own page, or from no page at all: browsers always name theirs."""
        return origin is None or (urlsplit(origin).netloc.lower() == host.lower() and bool(host))

    def opens(self, given: str) -> bool:
        """Whether a token is the right one, in a time that tells nothing of it."""
        return not self.token or hmac.compare_digest(given.encode(), self.token.encode())


def bearer(authorization: str) -> str:
    """The token in a header Authorization; empty without one."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def offered(protocols: str) -> str:
    """The token in a header Sec-WebSocket-Protocol; empty without one."""
    tokens = (each.strip().removeprefix("token.") for each in protocols.split(",") if each.strip()[:6] == "token.")
    return next(tokens, "")


class Guard:
    """Stands before an ASGI application: strangers' names and pages go no further; every answer has its headers."""

    def __init__(self, app: App, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get("host", ""), headers.get("origin")
        wrong = ""
        if not self._access.knows(host):
            wrong = "this server does not answer to that name; start it with --name to add one"
        elif not self._access.is_own(origin, host):
            wrong = "this server answers to its own page only"

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *ours]}
            await send(message)

        if not wrong:
            await self._app(scope, receive, dressed)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": wrong})
        else:
            body = json.dumps({"error": "forbidden", "message": wrong}).encode()
            kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await dressed({"type": "http.response.start", "status": 403, "headers": kind})
            await dressed({"type": "http.response.body", "body": body})


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")
