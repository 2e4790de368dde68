"""docs/serve.md: what it sends gets the answers that it shows."""

import json
import re
from itertools import pairwise
from typing import Any

import numpy as np

from mnist_core.service.inputs import JSON
from mnist_core.service.limits import Limits
from mnist_core.service.protocol import CONNECTIONS, HEAD, HEAD_S
from tests.docs.markdown import DOCS, blocks
from tests.service.client import Client

PAGE = DOCS / "serve.md"
CURL = re.compile(r"curl http://127\.0\.0\.1:8770(/\S+) -H \"Content-Type: (\S+)\" (?:\\\n +)?-d '([^']+)'")


def alike(answer: Any, shown: Any) -> None:
    """The same, but for ids, the titles of Python's version, and the last digits of a float."""
    assert type(answer) is type(shown)
    if isinstance(shown, dict):
        assert {*answer} == {*shown}
        for name in shown.keys() - {"id", "request_id", "title"}:
            alike(answer[name], shown[name])
    elif isinstance(shown, list):
        for one, other in zip(answer, shown, strict=True):
            alike(one, other)
    elif isinstance(shown, float):
        np.testing.assert_allclose(answer, shown, rtol=1e-3, atol=1e-6)
    else:
        assert answer == shown


def test_the_requests_get_these_answers(client: Client) -> None:
    """In the order of the page: feedback names the first prediction."""
    found = blocks(PAGE, "sh", "json")
    pairs = [(CURL.search(each.code), after.code) for each, after in pairwise(found)]
    asked = [(request, json.loads(shown)) for request, shown in pairs if request]
    assert [request[1] for request, _ in asked] == ["/v1/predict", "/v1/number", "/v1/feedback", "/v1/predict"]
    ids: dict[str, str] = {}
    for request, shown in asked:
        body = request[3]
        for old, new in ids.items():
            body = body.replace(old, new)
        answer = client.send("POST", request[1], body.encode(), {"Content-Type": request[2]})
        assert request[2] == JSON
        alike(answer.json, shown)
        if "id" in shown:
            ids[shown["id"]] = answer.json["id"]


def test_the_limits_are_these(client: Client) -> None:
    """In the tables and in the description for programs."""
    text, limits = PAGE.read_text(encoding="utf-8"), Limits()
    for said in (
        f"up to {limits.items:,} of these", f"may have {limits.numbers} drawings", f"within {limits.read_s:.0f} s",
        f"more than {limits.body >> 20} MB", f"{limits.points:,} points", f"{limits.pixels // 10**6} million pixels",
        f"{limits.waiting:,} images wait", f"no answer within {limits.answer_s:.0f} s",
        f"latest {limits.remembered:,} in memory", f"{limits.bodies >> 20} MB of bodies",
        f"{CONNECTIONS:,} connections", f"{HEAD >> 10} KB", f"within {HEAD_S:.0f} s",
    ):  # fmt: skip
        assert said in text
    paths = client.get("/openapi.json").json["paths"]
    for path, most in (("/v1/predict", limits.items), ("/v1/number", limits.numbers)):
        taken = paths[path]["post"]["requestBody"]["content"][JSON]["schema"]["oneOf"][1]
        assert taken["maxItems"] == most
