"""The ASGI application: FastAPI inside, `access.Access` around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Receive, Scope, Send

import mnist_core
from mnist_core.common.buffer import Buffer
from mnist_core.service import problems
from mnist_core.service.access import OPEN, Access
from mnist_core.service.page import add_page
from mnist_core.service.routes import add_routes
from mnist_core.service.schema import KEY_SCHEMES
from mnist_core.service.serving import STOP_S, Service

DESCRIPTION = """\
Predicts handwritten digits. A drawing is `{"strokes": [[[x, y], …], …]}`, `{"image": 28 rows of 28 values}`, or a PNG
or JPEG file. What is wrong with a request comes as `application/problem+json`.
"""
TELEMETRY_OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def create(service: Service, access_log: Buffer[str] | None = None) -> ASGIApp:
    """
    Args:
        access_log: takes a line of JSON for each request; None for no log.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()
        if access_log is not None:
            await asyncio.to_thread(access_log.close, STOP_S)

    app = FastAPI(
        title="MNIST Studio", version=mnist_core.__version__, description=DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=TELEMETRY_OFF,
    )  # fmt: skip
    predict = add_routes(app, service)
    add_page(app)
    problems.handle_in(app)
    described = app.openapi()  # it stays as it is made here
    if service.options.policy.keys:
        _describe_keys(described)
    paths = [*described["paths"], "/", "/openapi.json"]
    write = access_log.add if access_log is not None else None

    async def directly(scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI's own work would take a third of the event loop's time for a prediction."""
        if scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/v1/predict"):
            answer = await predict(Request(scope, receive))
            await answer(scope, receive, send)
        else:
            if scope["type"] == "http" and scope["method"] == "HEAD":  # uvicorn sends no body
                scope = {**scope, "method": "GET"}
            await app(scope, receive, send)

    return Access(directly, service.options.policy, service.options.limits, service.metrics, paths, write)


def _describe_keys(described: dict[str, Any]) -> None:
    """Say in the OpenAPI description which addresses need an API key, and how it is sent."""
    described["components"]["securitySchemes"] = KEY_SCHEMES
    described["security"] = [{scheme: []} for scheme in KEY_SCHEMES]
    for path in OPEN:
        for operation in described["paths"].get(path, {}).values():
            operation["security"] = []
