"""Numbers of several digits are counted as the table says."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from mnist_core.benchmarks import numbers
from mnist_core.cli.app import app
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """Four writers, each with two of each digit."""
    rng = np.random.default_rng(3)
    path = tmp_path / "drawings.jsonl.gz"
    with gzip.open(path, "wt") as file:
        for writer in range(4):
            for digit in [*range(10)] * 2:
                file.write(
                    json.dumps({"digit": digit, "writer": writer, "strokes": synthetic.write(digit, rng)}) + "\n"
                )
    return path


def test_each_half_of_the_writers_counts(drawings: Path) -> None:
    """Each kind, and each drawing alone."""
    predictor = Predictor(shipped().onnx, digit_threshold=shipped().card.digit_threshold)
    found = [*numbers.measure(drawings, predictor, 5)]
    pictured = [kind.name for kind, _paper in numbers.PICTURES]
    kinds = [*[kind.name for kind in numbers.KINDS], numbers.ALONE, *pictured]
    assert [(each.half, each.kind) for each in found] == [(half, kind) for half in numbers.HALVES for kind in kinds]
    assert all(each.writers == 2 for each in found)
    assert [each.numbers for each in found[:5]] == [5, 5, 5, 5, 40]
    assert found[1].digits == 10
    assert found[4].digits == 40
    assert found[4].divided >= 39
    assert all(3 <= each.right <= each.numbers for each in found if each.divided is not None)
    assert all(each.numbers == 1 and each.digits >= 2 for each in found if each.divided is None)


def test_the_command_writes_a_document(drawings: Path, workspace: Workspace, tmp_path: Path) -> None:
    """How numbers are read, and a row for each half and kind."""
    document = tmp_path / "numbers.md"
    flags = ["--count", "2", "--write", str(document), "--workspace", str(workspace.root)]
    app(["bench", "numbers", str(drawings), *flags], standalone_mode=False)
    text = document.read_text(encoding="utf-8")
    assert "# Numbers of several digits" in text
    assert "`mnist-studio bench numbers drawings.jsonl.gz --count 2`" in text
    assert text.count("| `drawings.jsonl.gz` |") == 2 * (len(numbers.KINDS) + 1 + len(numbers.PICTURES))


def test_one_writer_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"digit": 1, "writer": 1, "strokes": [[[1, 2], [1, 9]]]}\n')
    predictor = Predictor(shipped().onnx)
    with pytest.raises(InputError, match='"writer"'):
        next(numbers.measure(path, predictor, 1))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [("", "", 0), ("42", "42", 0), ("42", "402", 1), ("211", "24", 2), ("", "123", 3), ("9", "", 1)],
)
def test_edits(one: str, other: str, wanted: int) -> None:
    """To change, to add and to take away, in either direction."""
    assert numbers.edits(one, other) == numbers.edits(other, one) == wanted
