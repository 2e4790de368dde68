"""The addresses of the service.

`/v1/predict` and `/v1/number` check their bodies themselves and write their own answers, because that is several times
as fast as FastAPI's validation. `schema.py` describes them for OpenAPI.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from mnist_core.models.model import Model
from mnist_core.service import answers, inputs, metrics, numbers, schema
from mnist_core.service.active import Loaded
from mnist_core.service.inputs import JSON, Drawings
from mnist_core.service.problems import MEDIA_TYPE, Problem
from mnist_core.service.serving import Service

Answering = Callable[[Request], Awaitable[Response]]
"""What answers a request. What is wrong with the request is raised as a `Problem`."""
SMALL = 4096
"""Bytes of a body that is read in the event loop: handing it to a thread would take longer."""
NUMBER_IMAGES = 32
"""As how many images a number counts: a drawing is divided in many ways before the best one is found."""
PROBLEMS = {
    400: "The body is not JSON.",
    401: "An API key is needed.",
    403: "The host is not allowed.",
    404: "The prediction is unknown.",
    408: "The body did not arrive in time.",
    413: "The body is too large, or the list too long.",
    415: "The body has another media type.",
    422: "The body is wrong; `pointer` says where.",
    429: "The service is busy. Retry-After says when to try again.",
    503: "There was no answer in time, or the workspace cannot be used.",
}
"""Status → what it means."""


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": schema.Problem.model_json_schema()}}
    return {status: {"description": PROBLEMS[status], "content": content} for status in statuses}


ASKED, TOLD = _problems(400, 401, 403, 408, 413, 415, 422, 429, 503), _problems(401, 403)


def add_routes(app: FastAPI, service: Service) -> Answering:
    """Add all addresses of this service but its page; return the function of `/v1/predict`."""
    predict = _predicting(app, service)
    _telling(app, service)

    @app.post(
        "/v1/feedback", responses=_problems(401, 403, 404, 408, 413, 422, 429, 503),
        summary="Say which digit an earlier drawing shows",
    )  # fmt: skip
    async def feedback(given: schema.Feedback) -> schema.FeedbackTaken:
        """The drawing goes into the review queue, where a person decides whether to keep it with this label."""
        async with _in_time(service.options.limits.answer_s):
            return await service.feedback.take(given)

    return predict


def _predicting(app: FastAPI, service: Service) -> Answering:
    limits = service.options.limits

    @app.post(
        "/v1/predict", openapi_extra=schema.body(limits.items),
        responses=ASKED | {200: {"model": schema.Prediction | list[schema.Prediction]}},
        summary="Predict the digit of a drawing, or of each drawing of a list",
    )  # fmt: skip
    async def predict(request: Request) -> Response:
        """A list of drawings gets a list of predictions. A PNG or JPEG file is one drawing."""
        async with _in_time(limits.answer_s):
            kind, body = inputs.media_type(request.headers), await request.body()
            if kind != JSON:
                found = Drawings([await service.run(inputs.digit_in, body, kind, limits)], many=False)
            else:
                found = await _drawings(service, body, limits.items)
            predicted = [answers.prediction(each) for each in await service.predict(found.items, request.state.started)]
        return _json(predicted if found.many else predicted[0])

    @app.post(
        "/v1/number", openapi_extra=schema.body(limits.numbers),
        responses=ASKED | {200: {"model": schema.Number | list[schema.Number]}},
        summary="Predict several digits beside each other as a number",
    )  # fmt: skip
    async def number(request: Request) -> Response:
        """A list of drawings gets a list of numbers. A PNG or JPEG file is one number."""
        async with _in_time(limits.answer_s):
            kind, body = inputs.media_type(request.headers), await request.body()
            if kind != JSON:
                count, many, predict = 1, False, partial(numbers.in_picture, body=body, kind=kind, limits=limits)
            else:
                found = await _drawings(service, body, limits.numbers)
                count, many = len(found.items), found.many
                predict = partial(numbers.in_drawings, drawings=found.items)
            served = await service.predict_numbers(predict, count * NUMBER_IMAGES, request.state.started)
        predicted = [answers.number(each, own, service) for each, own in served]
        return _json(predicted if many else predicted[0])

    return predict


def _telling(app: FastAPI, service: Service) -> None:
    def model_of(model: Model) -> schema.Model:
        roles: dict[schema.Role, Loaded | None] = {
            "active": service.active.loaded, "canary": service.canary, "shadow": service.shadow
        }  # fmt: skip
        card = model.card
        return schema.Model(
            id=model.id,
            name=model.name,
            kind=card.kind,
            architecture=card.architecture,
            parameters=card.parameters,
            test_accuracy=card.figures.test_accuracy,
            digit_threshold=card.digit_threshold,
            created=card.created,
            roles=[role for role, loaded in roles.items() if loaded is not None and loaded.model.id == model.id],
        )

    @app.get("/v1/model", responses=TOLD, summary="The model that predicts")
    async def model() -> schema.Model:
        return model_of(service.active.loaded.model)

    @app.get("/v1/models", responses=_problems(401, 403, 503), summary="All models of the workspace, newest first")
    async def models() -> list[schema.Model]:
        return [model_of(each) for each in await service.models() if each.card.usable]

    @app.get(
        "/v1/comparison", responses=TOLD, summary="What each model has predicted, and how the canary or shadow compares"
    )
    async def comparison() -> dict[str, Any]:
        await service.observed(service.comparison.name)
        return service.comparison.values

    @app.get("/healthz", responses=_problems(403), summary="Whether the service runs")
    async def healthz() -> schema.Health:
        return schema.Health(status="ok")

    @app.get(
        "/readyz", summary="Whether the service takes requests",
        responses=_problems(403) | {503: {"model": schema.Health, "description": "The service ends."}},
    )  # fmt: skip
    async def readyz() -> Response:
        closing = service.options.policy.closing
        health = schema.Health(status="closing" if closing else "ok", problem=service.active.problem)
        return JSONResponse(health.model_dump(), 503 if closing else 200)

    @app.get("/metrics", responses=TOLD, summary="Figures for Prometheus", response_class=Response)
    async def figures() -> Response:
        await service.observed(service.metrics.name)
        return Response(service.metrics.text(), headers={"Content-Type": metrics.MEDIA_TYPE})


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        detail = f"There was no answer within {seconds:g} seconds. Send less at once, or try again later."
        raise Problem(503, detail, headers={"Retry-After": "1"}) from None


async def _drawings(service: Service, body: bytes, most: int) -> Drawings:
    limits = service.options.limits
    if len(body) <= SMALL:
        return inputs.drawings(body, limits, most)
    return await service.run(inputs.drawings, body, limits, most)


def _json(content: Any) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), media_type=JSON)
