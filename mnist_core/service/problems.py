"""What is wrong with a request, as `application/problem+json` (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import Text

MEDIA_TYPE = "application/problem+json"
GONE = 499
"""The status, in the log and the figures, of a request whose client has gone before it has sent all, as in nginx."""
MISSING = {404: "There is nothing at this address.", 405: "This address does not take this method."}
"""Status → what Starlette says in two words only."""


class Problem(HTTPException):
    """A request that cannot be answered.

    It is an `HTTPException`, because FastAPI passes those on when one arises while it reads a body.
    """

    def __init__(self, status: int, detail: str, *, where: str = "", headers: dict[str, str] | None = None) -> None:
        """
        Args:
            detail: what happened, what is allowed, what to do.
            where: the place in the body, as a JSON pointer such as "/3/strokes".
        """
        super().__init__(status, detail, headers)
        self.where = where


def response(problem: HTTPException, request_id: str) -> Response:
    """The answer that tells of a problem."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": "Client Closed Request" if problem.status_code == GONE else HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        "request_id": request_id,
    }
    if isinstance(problem, Problem) and problem.where:
        content["pointer"] = problem.where
    return Response(json.dumps(content), problem.status_code, problem.headers, media_type=MEDIA_TYPE)


def of_input(error: StudioError, where: str = "") -> Problem:
    """The problem of an error that the program's own functions raise."""
    status = 422 if isinstance(error, InputError) else 503
    return Problem(status, str(Text.of(error.text)), where=where)


def handle_in(app: FastAPI) -> None:
    """Answer all expected errors of this app with problems."""

    def told(request: Request, error: Exception) -> Response:
        return response(_problem(error), request.scope["state"].get("request_id", ""))

    for kind in (HTTPException, RequestValidationError, StudioError):
        app.add_exception_handler(kind, told)


def _problem(error: Exception) -> HTTPException:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        detail = MISSING.get(error.status_code, error.detail)
        return HTTPException(error.status_code, detail, dict(error.headers or {}))
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = "".join(f"/{part}" for part in first["loc"][1:])
        return Problem(422, f"{first['msg'].rstrip('.')}.", where=where)
    assert isinstance(error, StudioError)
    return of_input(error)
