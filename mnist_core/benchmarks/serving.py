"""How many predictions a second the HTTP service gives, beside a bare server that only says hello."""

import asyncio
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import psutil
from pydantic import BaseModel

from mnist_core.benchmarks.load import Load, as_fast_as_possible, at_rate, post
from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic

PATH = "/v1/predict"
CLIENTS = 32
ROUNDS = 3
ROUND_REQUESTS = 6000
STEADY_S = 10.0
WARM_UP = 12_000
"""More than the service remembers for feedback, so that this memory is full."""
START_S = 60
GREETING = b'{"hello": "world"}'


class Figures(BaseModel):
    """What was measured."""

    hello_per_s: float
    """Requests that a bare ASGI application answers."""
    predictions_per_s: float
    steady_per_s: float
    """Half of that, for the latencies."""
    p50_ms: float
    p99_ms: float
    requests: int
    failed: int
    memory_before_mb: float
    """Of the service, after it has warmed up."""
    memory_after_mb: float

    @property
    def share(self) -> float:
        return self.predictions_per_s / self.hello_per_s


async def hello(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """The bare application: it reads the same body and answers at once."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(GREETING))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": GREETING})


def measure(workspace: Workspace, requests: int, progress: Callable[[str], None]) -> Figures:
    """
    Args:
        requests: how many the service answers before its memory is measured again.
    """
    body = json.dumps({"image": synthetic.generate(1, seed=0)[0][0].tolist()}).encode()
    hello_port, port = _free_port(), _free_port()
    greeter = [
        *processes.PYTHON,
        "-m",
        "uvicorn",
        f"{__name__}:hello",
        "--port",
        str(hello_port),
        "--log-level",
        "error",
    ]
    service = processes.command("serve", "--port", str(port), "--workspace", str(workspace.root))
    with _running(greeter, hello_port), _running(service, port) as process:

        def run(to: int, count: int) -> Load:
            return asyncio.run(as_fast_as_possible(to, post(to, PATH, body), clients=CLIENTS, requests=count))

        loads = [run(port, WARM_UP)]
        before, hellos, rates = process.memory_info().rss, [], []
        for number in range(ROUNDS):
            hellos.append(run(hello_port, ROUND_REQUESTS).per_s)
            loads.append(run(port, ROUND_REQUESTS))
            rates.append(loads[-1].per_s)
            progress(f"{number + 1}/{ROUNDS}: {hellos[-1]:,.0f} hellos/s, {rates[-1]:,.0f} predictions/s")
        rate = median(rates) / 2
        steady = asyncio.run(at_rate(port, post(port, PATH, body), per_s=rate, seconds=STEADY_S, clients=4 * CLIENTS))
        progress(f"{rate:,.0f}/s: p50 {steady.ms(50):.1f} ms, p99 {steady.ms(99):.1f} ms")
        done = sum(len(each.latencies) for each in loads) + len(steady.latencies)
        if requests > done:
            loads.append(run(port, requests - done))
        loads.append(steady)
        return Figures(
            hello_per_s=median(hellos),
            predictions_per_s=median(rates),
            steady_per_s=rate,
            p50_ms=steady.ms(50),
            p99_ms=steady.ms(99),
            requests=sum(len(each.latencies) for each in loads),
            failed=sum(each.failed for each in loads),
            memory_before_mb=before / 1e6,
            memory_after_mb=process.memory_info().rss / 1e6,
        )


@contextmanager
def _running(command: list[str], port: int) -> Iterator[psutil.Process]:
    """A server in a process of its own, while the block runs."""
    started = subprocess.Popen(
        command, env=processes.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_S
        while not _answers(port):
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no answer from {command}")
            time.sleep(0.1)
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
