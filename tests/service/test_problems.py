"""Whatever is wrong with a request, the answer is a problem that says so, and the service goes on."""

import gzip
import json
import socket
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.common import log
from mnist_core.common.workspace import Workspace
from mnist_core.service.limits import Budget, Limits
from mnist_core.service.problems import Problem
from tests.service.client import JSON, STROKES, Answer, Client, serving, wait_until

BLANK = [[0] * 28] * 28
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def is_problem(answer: Answer, status: int, where: str = "") -> str:
    """The problem's sentence."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json
    assert (told["status"], told.get("pointer", "")) == (status, where)
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert told["title"]
    assert told["detail"].endswith(".")
    return str(told["detail"])


def png(width: int, height: int) -> bytes:
    """The header of a picture of this size."""
    content = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    return PNG[:12] + content + zlib.crc32(content).to_bytes(4) + b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/number"])
@pytest.mark.parametrize(
    ("body", "status", "where", "said"),
    [
        (b"", 400, "", "not JSON"),
        (b"{", 400, "", "not JSON"),
        (b"[" * 100_000, 400, "", "not JSON"),
        (b'"\xff"', 400, "", "not JSON"),
        (b"null", 422, "", "must have the form"),
        (b"3", 422, "", "must have the form"),
        ({}, 422, "", "must have the form"),
        ({"strokes": STROKES, "image": BLANK}, 422, "", "must have the form"),
        ({"strokes": STROKES, "digit": 3}, 422, "", "must have the form"),
        ({"strokes": []}, 422, "/strokes", "1 to 2,000 points"),
        ({"strokes": "abc"}, 422, "/strokes", "strokes of numbers"),
        ({"strokes": [[[0, None]]]}, 422, "/strokes", "strokes of numbers"),
        (b'{"strokes": [[[0, NaN]]]}', 422, "/strokes", "NaN"),
        (b'{"strokes": [[[0, 1e400]]]}', 422, "/strokes", "within"),
        (b'{"strokes": [[[0, %s]]]}' % (b"9" * 3000), 422, "/strokes", "strokes of numbers"),
        (b'{"strokes": [[[0, %s]]]}' % (b"9" * 5000), 400, "", "not JSON. A number has too many digits."),
        ({"strokes": [[[n, n] for n in range(2001)]]}, 422, "/strokes", "2,000 points"),
        ({"image": [[0] * 27] * 28}, 422, "/image", "28 rows"),
        ({"image": [[256] * 28] * 28}, 422, "/image", "0 to 255"),
        ({"image": "x"}, 422, "/image", "28 rows"),
        ({"image": [[0, 1] * 14] * 28}, 422, "/image", "from 0 to 1"),
        ({"image": [[0.0, 0.9] * 14] * 28}, 422, "/image", "from 0 to 1"),
        ({"image": [[False, True] * 14] * 28}, 422, "/image", "from 0 to 1"),
        ([{"image": BLANK}, {"image": BLANK}, {"image": 3}], 422, "/2/image", "28 rows"),
        ([{"image": BLANK}, 7], 422, "/1", "must have the form"),
        ([{"strokes": STROKES}] * 1001, 413, "", "drawings"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told(client: Client, path: str, body: Any, status: int, where: str, said: str) -> None:
    """What is wrong, and where in the body."""
    assert said in is_problem(client.post(path, body), status, where)


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/number"])
@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        ("text/plain", b"{}", 415, "application/json, image/png, image/jpeg"),
        ("", b"{}", 415, "missing"),
        ("image/gif", b"GIF89a", 415, "image/gif"),
        ("multipart/form-data; boundary=x", b"--x", 415, "multipart"),
        ("image/png", b"", 422, "not a PNG file"),
        ("image/png", b"\xff\xd8\xff", 422, "not a PNG file"),
        ("image/jpeg", PNG, 422, "not a JPEG file"),
        ("image/png", png(28, 28), 422, "damaged"),
        ("image/png", png(4001, 4000), 422, "16,000,000 pixels"),
        ("image/png", png(20_000, 20_000), 422, "16,000,000 pixels"),
        ("application/json", gzip.compress(b"{}"), 400, "not JSON"),
    ],
)
def test_a_wrong_file_is_told(
    client: Client, path: str, content_type: str, body: bytes, status: int, said: str
) -> None:
    """Also one that only pretends to be a picture, or that would unpack to gigabytes."""
    assert said in is_problem(client.send("POST", path, body, {"Content-Type": content_type}), status)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nix", 404), ("GET", "/v1/predict/", 404), ("GET", "/docs", 404), ("GET", "/v1/../etc/passwd", 404),
        ("GET", "/v1/predict", 405), ("DELETE", "/v1/model", 405), ("POST", "/metrics", 405), ("PUT", "/", 405),
        ("OPTIONS", "/v1/predict", 405),
    ],
)  # fmt: skip
def test_a_wrong_address_is_told(client: Client, method: str, path: str, status: int) -> None:
    """A preflight is refused as well, so no other site's page can send JSON."""
    answer = client.send(method, path, None, {"Origin": "https://example.org"})
    is_problem(answer, status)
    assert "Access-Control-Allow-Origin" not in answer.headers
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({}, "/id"), ({"id": "x"}, "/digit"), ({"id": "x", "digit": 10}, "/digit"),
        ({"id": "x", "digit": "7"}, "/digit"),
        ({"id": "x", "digit": True}, "/digit"), ({"id": "x", "digit": 1.5}, "/digit"), ({"id": 5, "digit": 1}, "/id"),
        ({"id": "x" * 65, "digit": 1}, "/id"), ({"id": "x", "digit": 1, "more": 1}, "/more"), ([], ""), (b"{", "/1"),
    ],
)  # fmt: skip
def test_wrong_feedback_is_told(client: Client, content: Any, where: str) -> None:
    """FastAPI's own validation answers with a problem as well."""
    is_problem(client.post("/v1/feedback", content), 422, where)


def test_feedback_on_an_unknown_prediction_is_told(client: Client) -> None:
    assert "'nix'" in is_problem(client.post("/v1/feedback", {"id": "nix", "digit": 1}), 404, "/id")


@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["strokes", "image", "id", "digit"]), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    path=st.sampled_from(["/v1/predict", "/v1/number", "/v1/feedback"]),
)
def test_no_json_breaks_the_service(client: Client, content: Any, path: str) -> None:
    answer = client.post(path, json.dumps(content).encode())
    if answer.status != 200:
        assert answer.status in (400, 404, 422)
        is_problem(answer, answer.status, answer.json.get("pointer", ""))


@given(body=st.binary(max_size=200), kind=st.sampled_from([*JSON.values(), "image/png", "image/jpeg"]))
def test_no_bytes_break_the_service(client: Client, body: bytes, kind: str) -> None:
    answer = client.send("POST", "/v1/predict", body, {"Content-Type": kind})
    if answer.status != 200:
        is_problem(answer, answer.status, answer.json.get("pointer", ""))


def test_a_client_that_sends_all_first_hears_that_it_is_too_much(client: Client) -> None:
    body = b" " * (Limits().body + 2**20)
    assert "8,388,608 bytes" in is_problem(client.post("/v1/predict", body), 413)


def test_a_compressed_body_is_refused(client: Client) -> None:
    answer = client.post("/v1/predict", {"strokes": STROKES}, {"Content-Encoding": "br"})
    assert "must not be compressed" in is_problem(answer, 415)


def test_a_body_is_limited(workspace: Workspace) -> None:
    """By its header, and by what arrives if the header does not say; one that never arrives is not waited for."""
    with serving(workspace, limits=Limits(body=1000, read_s=0.3)) as client:
        assert "1,000 bytes" in is_problem(client.post("/v1/predict", b" " * 1001), 413)
        chunked = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        chunked += b"Transfer-Encoding: chunked\r\n\r\n" + b"258\r\n" + b" " * 0x258 + b"\r\n"
        for rest, status in ((chunked.split(b"\r\n\r\n", 1)[1], b"413"), (b"", b"408")):
            with socket.create_connection(("127.0.0.1", client.port)) as connection:
                connection.sendall(chunked + rest)
                assert b" %s " % status in connection.recv(1000).split(b"\r\n")[0]
        assert client.post("/v1/predict", {"strokes": STROKES}).status == 200


def test_requests_share_a_budget() -> None:
    """A single one is never refused; what it has taken comes back, also after an error."""
    budget = Budget(10, "images")
    with budget.taking(100), pytest.raises(Problem, match="100 images of 10 are taken") as refused, budget.taking(1):
        pass
    assert refused.value.headers == {"Retry-After": "1"}
    with pytest.raises(ZeroDivisionError), budget.taking(4):
        raise ZeroDivisionError
    with budget.taking(4), budget.taking(6):
        assert budget.taken == 10
    assert budget.taken == 0


def test_an_answer_that_takes_too_long_is_given_up(workspace: Workspace) -> None:
    with serving(workspace, limits=Limits(answer_s=0.0)) as client:
        answer = client.post("/v1/predict", [{"strokes": STROKES}] * 50)
        assert "0 seconds" in is_problem(answer, 503)
        assert answer.headers["Retry-After"] == "1"


def test_a_body_takes_of_the_budget_what_has_arrived(workspace: Workspace) -> None:
    """Clients that announce much, or do not say how much, and send little keep nobody out; much that is there does."""
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    lengths = (b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n", b"Content-Length: 1001\r\n\r\n")
    for length in lengths:
        with serving(workspace, limits=Limits(body=2000, bodies=5000)) as client:
            slow = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(6)]
            for each in slow[:4]:
                each.sendall(head + length + b" " * 1000)
            wait_until(lambda: client.post("/v1/predict", b" " * 1500).status == 429)
            assert client.post("/v1/predict", {"strokes": STROKES}).status == 200
            for each in slow:
                each.close()
            wait_until(lambda: client.post("/v1/predict", b" " * 1500).status == 400)


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/number", "/v1/feedback"])
def test_a_client_that_goes_is_no_error(workspace: Workspace, path: str) -> None:
    """The figures and the log call it 499, as other servers do, and no traceback is logged."""
    with serving(workspace) as client:
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        counted = f'mnist_studio_requests_total{{path="{path}",status="499"}} 1.0'
        wait_until(lambda: counted in client.get("/metrics").body.decode())
    assert not (workspace.root / log.NAME).exists()


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/v1/model", "/metrics", "/nix", "/v1/predict"])
def test_head_answers_as_get_without_a_body(client: Client, path: str) -> None:
    """Monitors ask so."""
    client.close()  # it may have been idle for too long
    asked, got = client.send("HEAD", path, None, {}), client.get(path)
    assert (asked.status, asked.headers["Content-Type"], asked.body) == (got.status, got.headers["Content-Type"], b"")
