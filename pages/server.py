"""What the app's server adds to Streamlit's pages: it refuses foreign hosts, serves plotly.js and opens a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import cli_util

from mnist_core.common.hosts import is_allowed
from mnist_core.common.language import _
from pages import warm_up
from pages.index_html import IndexHtml

PLOTLY = f"plotly-{version('plotly')}.min.js"
"""Its path below the app's own. It names the version, so that a browser may keep the file for ever."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class AllowedHosts:
    """Answers only requests for an allowed host, as Streamlit's WebSocket does.

    So another site cannot reach the app through a host name of its own that resolves to this machine (DNS rebinding).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "") if scope["type"] == "http" else None
        if host is None or is_allowed(host, tuple(st.get_option("server.allowedHosts"))):
            await self.app(scope, receive, send)
        else:
            refusal = _("This host is not allowed. Use http://localhost, or add the host to server.allowedHosts.")
            await PlainTextResponse(f"{refusal}\n", 403)(scope, receive, send)


async def _plotly(_request: Request) -> Response:
    from plotly.offline import get_plotlyjs  # loads Plotly

    return Response(get_plotlyjs(), media_type="text/javascript", headers=FOR_EVER)


async def _fine_tune(_request: Request) -> Response:
    """Streamlit takes a page's address from the name of its file, which has no hyphen."""
    return RedirectResponse("fine_tune")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Print the address and open it. The server's port is open by now; a browser waits until the server answers."""
    path = st.get_option("server.baseUrlPath").strip("/")
    url = f"http://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}/{path}"
    print(_("MNIST Studio runs at {url} (Ctrl-C ends it)", url=url), flush=True)
    if not st.get_option("server.headless"):
        cli_util.open_browser(url)
    warm_up.start()
    yield


MIDDLEWARE = [Middleware(AllowedHosts), Middleware(IndexHtml)]
ROUTES = [Route(f"/{{base:path}}{PLOTLY}", _plotly), Route("/{base:path}fine-tune", _fine_tune)]
"""Below any address that the app may have: Streamlit's options are unknown when this module is imported."""
