"""Streamlit's index.html with our part at its end: the styles and the scripts that all pages share.

`reveal.js` shows a page when it is complete.

The browser loads the code of each of Streamlit's elements when it first meets one, and a style that is such an element
comes as late. So the parts of a page appear one after the other and push each other around.

At its end, because Streamlit adds its own styles to the head, and the later of two equal rules counts.
"""

from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WIDGETS = Path(__file__).with_name("widgets")
SCRIPTS = (Path(__file__).with_name("reveal.js"), WIDGETS / "theme.js", WIDGETS / "help_key.js")
UNCONDITIONAL = (b"accept-encoding", b"if-none-match", b"if-modified-since")
"""Headers of a request that would bring a compressed page, or only the news that it is the same."""


class IndexHtml:
    """Adds our part to each page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in UNCONDITIONAL]
        await self.app({**scope, "headers": headers}, receive, _Page(send))


class _Page:
    """Sends a response on; if it is a page, with our part."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                body = self._body.replace(b"</body>", f"{_ours()}</body>".encode(), 1)
                MutableHeaders(scope=self._start)["content-length"] = str(len(body))
                await self._send(self._start)
                await self._send({**message, "body": body})


def _is_page(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")


@cache
def _ours() -> str:
    """The styles beside the widgets, and the scripts."""
    styles = "\n".join(path.read_text("utf-8") for path in sorted(WIDGETS.glob("*.css")))
    scripts = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    return f"<style>{styles}</style><script>{scripts}</script>"
