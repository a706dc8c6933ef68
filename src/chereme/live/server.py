"""The web application: the page, cameras over WebSockets, clips over HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from chereme.errors import ExtraMissing
from chereme.live.access import PROTOCOL, Access, Guard, bearer, offered
from chereme.live.clip import Refused, answer
from chereme.live.limits import Limits
from chereme.live.place import Place
from chereme.live.session import FORBIDDEN, LATER, Session
from chereme.live.words import bones

logger = logging.getLogger(__name__)

PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
WRONG_TOKEN = "this server wants its token: open the address that it printed when it started"


def application(place: Place, access: Access, limits: Limits | None = None) -> Any:
    """The ASGI application; networks are loaded when it starts and given up when it stops.

    Raises `ExtraMissing` without the extra `serve`.
    """
    try:
        from fastapi import FastAPI, Request, WebSocket
        from fastapi.responses import JSONResponse, Response
        from starlette.exceptions import HTTPException
        from starlette.requests import ClientDisconnect
        from starlette.websockets import WebSocketDisconnect
    except ImportError:
        raise ExtraMissing("the web page", "serve") from None
    bounds = limits or Limits()
    here = {"cameras": 0, "clips": 0}
    turn = asyncio.Lock()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with place:
            yield

    app = FastAPI(title="chereme", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    def trouble(status: int, error: str, message: str) -> JSONResponse:
        return JSONResponse({"error": error, "message": message}, status_code=status)

    @app.exception_handler(HTTPException)
    async def not_there(_: Request, error: HTTPException) -> JSONResponse:
        return trouble(error.status_code, "http", str(error.detail))

    def shown(name: str, kind: str) -> Any:
        data = (files("chereme.live") / "page" / name).read_bytes()

        async def give() -> Response:
            return Response(data, media_type=kind)

        return give

    for path, (name, kind) in PAGE.items():
        app.add_api_route(path, shown(name, kind), methods=["GET", "HEAD"])

    @app.get("/about")
    async def about() -> dict[str, Any]:
        recognizer = place.recognizer
        return {
            "recognizer": recognizer.recognizer,
            "words": len(recognizer.vocabulary),
            "threshold": place.how.threshold,
            "token": bool(access.token),
            "parts": bones(recognizer.sequences.model.skeleton),
            "clip_bytes": bounds.clip_bytes,
            "clip_seconds": bounds.clip_seconds,
        }

    @app.post("/clip")
    async def clip(request: Request) -> JSONResponse:
        if not access.opens(bearer(request.headers.get("authorization", ""))):
            return trouble(401, "token", WRONG_TOKEN)
        if here["clips"] >= bounds.clips:
            return trouble(429, "busy", f"{bounds.clips} clips are being looked at; try again in a moment")
        here["clips"] += 1
        try:
            length = request.headers.get("content-length", "")
            return JSONResponse(await answer(place, bounds, turn, length, request.stream()))
        except Refused as refused:
            return trouble(refused.status, refused.error, refused.message)
        except ClientDisconnect:
            return trouble(400, "gone", "the clip was not sent to its end")
        except Exception:
            logger.exception("a clip could not be looked at")
            return trouble(500, "failed", "the server failed on this clip; its log has more")
        finally:
            here["clips"] -= 1

    @app.websocket("/camera")
    async def camera(socket: WebSocket) -> None:
        protocols = socket.headers.get("sec-websocket-protocol", "")
        await socket.accept(subprotocol=PROTOCOL if PROTOCOL in protocols.replace(" ", "").split(",") else None)
        session = Session(socket, place, bounds)
        try:
            if not access.opens(offered(protocols)):
                await session.close(FORBIDDEN, WRONG_TOKEN)
            elif here["cameras"] >= bounds.connections:
                await session.close(LATER, f"{bounds.connections} cameras are connected; try again later")
            else:
                here["cameras"] += 1
                try:
                    await session.serve()
                finally:
                    here["cameras"] -= 1
        except WebSocketDisconnect:
            pass

    return Guard(app, access)
