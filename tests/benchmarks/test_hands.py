"""Digits by institution, and non-digits, are counted as the tables say."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_core.benchmarks import hands, hands_report, institutions, results
from mnist_core.benchmarks.institutions import Record
from mnist_core.cli.app import app
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import outliers, synthetic
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.predictor import Prediction, Predictor
from mnist_core.models.registry import shipped

NAMES = ("north", "south")
LETTERS = [(name, outliers.KINDS[f"letter-{name}"]) for name in "ACHK"]
SLASHED: Strokes = [[(30, 0), (0, 50), (30, 100), (60, 50), (30, 0)], [(60, 0), (0, 100)]]


class Knowing(Predictor):
    """Predicts 0 for everything; a digit scores 1, and half of everything that follows the digits scores 0."""

    def __init__(self, digits: int) -> None:
        self._digits = digits

    def predict_all(
        self, images: npt.NDArray[np.uint8], strokes: Sequence[Strokes | None] | None = None
    ) -> list[Prediction]:
        scores = [1.0 if self._digits else float(number % 2) for number in range(len(images))]
        self._digits = 0
        verdicts = ["sure" if score else "not a digit" for score in scores]
        return [
            Prediction(verdict, 0, 1.0, (1.0, *[0.0] * 9), score)  # type: ignore[arg-type]
            for verdict, score in zip(verdicts, scores, strict=True)
        ]


def lines(each: int) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """A digit and a character at a time, `each` for each institution, by several writers."""
    rng = np.random.default_rng(5)
    for name in NAMES:
        for number in range(each):
            known = {"donor": name, "writer": f"{name} {number % 5}"}
            digit, (letter, write) = number % 10, LETTERS[number % 4]
            drawn = SLASHED if digit == 0 and name == "north" else synthetic.write(digit, rng)
            yield {**known, "digit": digit, "strokes": drawn}, {**known, "character": letter, "strokes": write(rng)}


def files(folder: Path, each: int) -> tuple[Path, Path]:
    """The two files that the command takes, the second one with an "O", which may be a digit as well."""
    paths = folder / "digits.jsonl.gz", folder / "characters.jsonl.gz"
    for path, records in zip(paths, zip(*lines(each), strict=True), strict=True):
        with gzip.open(path, "wt") as file:
            file.writelines(json.dumps(record) + "\n\n" for record in records)
    with gzip.open(paths[1], "at") as file:
        file.write(json.dumps({"donor": "south", "character": "O", "strokes": SLASHED[:1]}))
    return paths


@pytest.fixture
def few_scribbles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    chosen = {kind: outliers.KINDS[kind] for kind in ("letter-A", "plus", "word")}
    monkeypatch.setattr(outliers, "KINDS", chosen)
    hands._scribbles.cache_clear()
    yield
    hands._scribbles.cache_clear()


@pytest.fixture
def records(tmp_path: Path) -> tuple[list[Record], list[Record]]:
    paths = files(tmp_path, 20)
    return institutions.digits(paths[0]), institutions.characters(paths[1])


def test_each_drawing_counts_once(few_scribbles: None, records: tuple[list[Record], list[Record]]) -> None:
    """For its institution; a zero of two strokes also among those."""
    measured = hands.measure("Knowing", Knowing(40), *records)
    north, south = measured.institutions
    assert (north.name, north.digits, north.right) == ("north", 20, 2)
    assert (north.zeros, north.zeros_right) == (2, 2)
    assert (south.name, south.digits) == ("south", 20)
    assert measured.refused == measured.of_characters.not_a_digit == 0.5
    assert measured.auroc == 0.75
    assert measured.of_digits.sure == 1.0
    assert measured.scribbles == {"letter-A": 0.5, "plus": 0.5, "word": 0.5}


@pytest.mark.parametrize(("threshold", "share"), [(float("inf"), 1.0), (float("-inf"), 0.0)])
def test_the_threshold_decides(
    threshold: float, share: float, few_scribbles: None, records: tuple[list[Record], list[Record]]
) -> None:
    """A model that refuses everything, and one that refuses nothing, score alike."""
    measured = hands.measure("", Predictor(shipped().onnx, digit_threshold=threshold), *records)
    assert measured.of_digits.not_a_digit == measured.of_characters.not_a_digit == share
    assert measured.scribbles["plus"] == share
    assert sum(measured.of_characters.model_dump().values()) == pytest.approx(1)
    assert 0.5 < measured.refused <= 1
    assert 0.5 < measured.auroc <= 1


def test_the_command_writes_tables(few_scribbles: None, workspace: Workspace, tmp_path: Path) -> None:
    """An institution a row, and their mean."""
    document = tmp_path / "figures.md"
    paths = map(str, files(tmp_path, 10))
    app(["bench", "hands", *paths, "--write", str(document), "--workspace", str(workspace.root)], standalone_mode=False)
    text = document.read_text(encoding="utf-8")
    assert "## Digits, letters and scribbles: MNIST Studio" in text
    assert "| north | 10 | " in text
    assert "| mean | 20 | " in text
    assert "letter-A" in text.splitlines()[-1]


def test_the_mean_is_over_institutions() -> None:
    """A large institution counts as much as a small one; one without zeros does not count among zeros."""
    some, many = (
        hands.Institution(name=name, digits=digits, right=right, zeros=zeros, zeros_right=zeros)
        for name, digits, right, zeros in (("some", 10, 5, 0), ("many", 1000, 1000, 4))
    )
    verdicts = hands.Verdicts(sure=0.9, not_sure=0.1, not_a_digit=0)
    measured = hands.Hands(
        name="a model", institutions=[some, many], refused=0.9, auroc=0.99, of_digits=verdicts,
        of_characters=verdicts, learned="digits.jsonl.gz", scribbles={f"kind {n}": n / 20 for n in range(20)},
    )  # fmt: skip
    written = hands_report.tables(results.measured("bench hands", [measured.model_dump()]))
    assert "a model has learned drawings of `digits.jsonl.gz`.\n" in written
    assert "| some | 10 | 50.0% | 0 | – |" in written
    assert "| mean | 1,010 | **75.0%** | 4 | **100%** |" in written
    assert "`kind 9` 45%." in written[-1]
    assert "kind 10" not in written[-1]


def test_a_file_without_institutions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl"
    path.write_text('{"digit": 1, "strokes": [[[1, 2], [1, 9]]]}\n')
    with pytest.raises(InputError, match='"donor"'):
        institutions.digits(path)


def test_one_institution_cannot_be_left_out(records: tuple[list[Record], list[Record]], tmp_path: Path) -> None:
    """Nothing would be left to learn."""
    north = ([each for each in part if each.institution == "north"] for part in records)
    with pytest.raises(InputError, match="not of 1"):
        list(hands.leave_one_out([], *north, tmp_path / "mnist.npz", print))


@pytest.mark.slow
def test_each_institution_is_left_out_once(few_scribbles: None, tiny_npz: Path, tmp_path: Path) -> None:
    """A model is measured on the institution that its training did not have, and on no other."""
    own, others = files(tmp_path, 40)
    told: list[str] = []
    flags = ["--preset", "tiny", "--epochs", "1", "--train-subset", "200", "--dataset", str(tiny_npz)]
    found = institutions.digits(own), institutions.characters(others)
    measured = [*hands.leave_one_out(flags, *found, tiny_npz, told.append)]
    assert told == ["Without north …", "Without south …"]
    assert [each.name for each in measured] == [*NAMES]
    assert [[(one.name, one.digits) for one in each.institutions] for each in measured] == [
        [("north", 40)],
        [("south", 40)],
    ]
