"""Benchmark tables are written by the command, from what was measured."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core import bench, exchange
from mnist_core.exchange import Item
from mnist_core.handwriting import write
from mnist_core.registry import shipped

LEAST_ON_PEN_STROKES = 0.97


def test_tables_count_by_digit_and_writer() -> None:
    """Each drawing is counted once by its digit and once by its writer, and unlabelled ones not at all."""
    items = [Item(write(d, np.random.default_rng(n)), None, d, writer=str(n)) for d in range(10) for n in (1, 2)]
    result = bench.read_drawings([*items, Item(write(1, np.random.default_rng(9)), None, None)], shipped())
    assert result.accuracy.count == 20
    assert [result.of_digit(digit).count for digit in range(10)] == [2] * 10
    assert result.of_writer("1").count == result.of_writer("2").count == 10
    assert sum(result.of_digit(digit).right for digit in range(10)) == result.accuracy.right
    text = bench.as_markdown(result, "the command")
    assert "| 2 |" in text
    assert "Written by `the command`" in text


def test_the_shipped_model_reads_what_people_draw(pen_strokes: Path) -> None:
    """At least 97 % of the pen strokes of 30 writers, none of which it was trained on."""
    result = bench.read_drawings(exchange.read(pen_strokes), shipped())
    assert result.accuracy.count == 7494
    assert result.accuracy.share >= LEAST_ON_PEN_STROKES


def test_the_shipped_model_reads_mnist(real_mnist: Path) -> None:
    """At least 99.5 % of the test set, as its card says; its two files weigh no more than 2 MB."""
    from mnist_core import npz
    from mnist_core.predictor import Predictor

    model = shipped()
    arrays = npz.read(real_mnist, ("x_test", "y_test"))
    right = Predictor(model.onnx, threads=0).logits(arrays["x_test"]).argmax(axis=1) == arrays["y_test"]
    assert right.mean() == pytest.approx(model.card.figures["test_accuracy"], abs=2e-4)
    assert right.mean() >= 0.995
    assert model.bytes <= 2e6
