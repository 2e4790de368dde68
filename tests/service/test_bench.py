"""`bench serve` measures the service and the bare server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mnist_core.benchmarks.load import Load, as_fast_as_possible, at_rate, post
from tests.service.client import STROKES, Client


def _run(load: Coroutine[Any, Any, Load]) -> Load:
    """In a thread: the browser of other tests runs an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, load).result()


def test_the_load_generator_counts(client: Client) -> None:
    """Answers and failures; at a rate, too."""
    good = post(client.port, "/v1/predict", json.dumps({"strokes": STROKES}).encode())
    bad = post(client.port, "/v1/predict", b"{")
    load = _run(as_fast_as_possible(client.port, good, clients=4, requests=50))
    assert (len(load.latencies), load.failed) == (50, 0)
    assert 0 < load.ms(50) <= load.ms(99)
    assert _run(as_fast_as_possible(client.port, bad, clients=4, requests=50)).failed == 50
    steady = _run(at_rate(client.port, good, per_s=100, seconds=0.3, clients=3))
    assert (len(steady.latencies), steady.failed) == (30, 0)


@pytest.mark.slow
def test_the_service_is_measured(tmp_path: Path) -> None:
    """No request fails, and its memory does not grow by more than a little."""
    command = ["bench", "serve", "--requests", "60000", "--json", "--workspace", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "mnist_core", *command], capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert figures["requests"] >= 60_000
    assert figures["failed"] == 0
    assert figures["memory_after_mb"] < figures["memory_before_mb"] + 15
    assert figures["hello_per_s"] > figures["predictions_per_s"] > 0
