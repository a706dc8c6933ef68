"""Running the web page: where it listens, and what it takes to be let in."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from time import monotonic
from urllib.parse import quote

from chereme.errors import ExtraMissing, SettingsError
from chereme.live.access import LOOPBACK, Access
from chereme.live.limits import Limits
from chereme.live.picture import TIME
from chereme.live.place import Place
from chereme.live.settings import Live
from chereme.live.watch import Watch
from chereme.training.checkpoint import Opened

ANYWHERE = frozenset({"0.0.0.0", "::", ""})
"""Addresses that stand for all of a machine's."""
ROOM = 4
"""How many times the connections allowed may be there until the watch, ten times a second, has thinned them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """A web page that recognizes signs before a camera."""

    host: str = "127.0.0.1"
    """Address to listen at; only this machine by default. Elsewhere a token is asked for, and browsers give their
    camera to pages over https alone: see --certificate."""
    port: int = 8000
    """Port to listen at; 0 takes a free one."""
    token: str = field(default="", repr=False)
    """What clients must know; by default one is drawn when the address is not this machine's alone."""
    name: tuple[str, ...] = ()
    """Names beside the address by which the server may be called, such as recognizer.example.org."""
    certificate: Path | None = None
    """Certificate chain, PEM, for https."""
    key: Path | None = None
    """Its private key, PEM."""
    device: str = "cpu"
    """Where the networks run."""
    live: Live = field(default_factory=Live)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port < 1 << 16:
            raise SettingsError(f"port must be between 0 and 65535, not {self.port}")
        if bool(self.certificate) != bool(self.key):
            raise SettingsError("https takes both --certificate and --key")
        if self.token and (not self.token.isascii() or quote(self.token, safe="") != self.token):
            raise SettingsError("a token is made of letters, digits and -._~")

    def access(self) -> Access:
        """Who may talk to it: with a token anyone who has it, without one this machine alone."""
        if self.host in LOOPBACK:
            return Access(token=self.token, names=LOOPBACK | frozenset(each.lower() for each in self.name))
        token = self.token or secrets.token_urlsafe(24)
        names = {self.host.lower(), *(each.lower() for each in self.name)}
        return Access(token=token, names=None if self.host in ANYWHERE else LOOPBACK | names)


def serve(recognizer: Opened, settings: Serve, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is given the page's address when it can be opened.

    Raises `ExtraMissing` without the extra `serve`, `SettingsError` where it cannot listen, and whatever is wrong
    with the networks.
    """
    try:
        import uvicorn
        import websockets  # noqa: F401  # what uvicorn speaks WebSockets with
    except ImportError:
        raise ExtraMissing("the web page", "serve") from None
    from chereme.live.server import application

    access = settings.access()
    place = Place(recognizer, settings.live, settings.device)
    app = application(place, access, settings.limits)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="error",
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=settings.limits.frame_bytes + TIME.size,
        ws_max_queue=2,
        ws_ping_interval=settings.limits.idle / 2,
        ws_ping_timeout=settings.limits.idle / 2,
        limit_concurrency=ROOM * settings.limits.sockets,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )

    watch = Watch(settings.limits)

    class Server(uvicorn.Server):
        async def on_tick(self, counter: int) -> bool:
            watch(self.server_state.connections, monotonic())
            return await super().on_tick(counter)

        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                port = self.servers[0].sockets[0].getsockname()[1]
                tell(address(settings, access, port))

    talker = logging.getLogger("uvicorn.error")

    def unsaid(_: logging.LogRecord) -> bool:
        return place.trouble is None  # else it would be told twice, and with a traceback

    talker.addFilter(unsaid)
    try:
        Server(config).run()
    except SystemExit as error:  # uvicorn's word for networks that cannot be loaded, and for an address that is taken
        if place.trouble:
            raise place.trouble from None
        raise SettingsError(f"cannot listen at {settings.host}, port {settings.port}; is it in use?") from error
    finally:
        talker.removeFilter(unsaid)


def address(settings: Serve, access: Access, port: int) -> str:
    """The page's address; the token is its fragment, which browsers do not send and logs do not see."""
    name = settings.name[0] if settings.name else settings.host
    if not settings.name and settings.host in ANYWHERE:
        name = "localhost"
    name = f"[{name}]" if ":" in name else name
    scheme = "https" if settings.certificate else "http"
    return f"{scheme}://{name}:{port}/" + (f"#token={access.token}" if access.token else "")
