"""The page at `/`: a field to try the service with. It loads nothing from elsewhere."""

import html
import json
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from mnist_core.common import language
from mnist_core.common.language import LANGUAGES, _

PAGE = Path(__file__).with_name("page.html")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def add_page(app: FastAPI) -> None:
    """The route, with the page in each language of the program."""
    pages = {}
    for code in LANGUAGES:
        with language.speaking(code):
            pages[code] = _rendered(code)

    @app.get("/", include_in_schema=False)
    async def try_it(request: Request) -> Response:
        code = language.best(request.headers.get("accept-language", "").replace(",", ":").replace(";", ":"))
        return HTMLResponse(pages[code], headers=HEADERS)


def _rendered(code: str) -> str:
    words = {
        "title": _("MNIST Studio: the service"),
        "purpose": _("Draw a digit. The service predicts it after every stroke."),
        "field": _("Field to draw in"),
        "clear": _("Clear"),
        "number": _("Number"),
        "key": _("API key"),
        "right": _("Which digit is it?"),
        "thanks": _("The drawing waits in the review queue."),
        "known": _("The drawing has been collected already."),
        "model": _("Model"),
        "description": _("Description for programs (OpenAPI)"),
        "unreachable": _("The service does not answer."),
        "sure": _("sure"),
        "not sure": _("not sure"),
        "not a digit": _("not a digit"),
        "nothing drawn": _("nothing drawn"),
        "several": _("several digits"),
    }
    text = PAGE.read_text(encoding="utf-8").replace("LANGUAGE", code.replace("_", "-"))
    for name in ("title", "purpose", "field", "clear", "number", "key", "right", "description"):
        text = text.replace("{{" + name + "}}", html.escape(words[name]))
    return text.replace('"WORDS"', json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"))
