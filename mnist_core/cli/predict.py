"""predict, evaluate: a model's predictions and their accuracy."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.table import Table

from mnist_core.cli.shared import JsonOption, ModelOption, WorkspaceOption, errors, find_model, output
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import batches, labels
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.text import were
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets
from mnist_core.evaluation import metrics
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry


def predict(
    files: Annotated[list[Path], typer.Argument(help="PNG or JPEG pictures, .zip of them, .jsonl(.gz) of strokes.")],
    model: ModelOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each digit.")] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Predict the digits in files."""
    chosen = find_model(model, Registry(Workspace.open(workspace)))
    predictor = Predictor.of(chosen, threads=0)
    rows = [{**row, "model": chosen.name} for path in files for row in _rows(path, predictor)]
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    _print_predictions(rows, chosen)


def _rows(path: Path, predictor: Predictor) -> Iterator[dict[str, Any]]:
    index = itertools.count()
    for batch, given in batches(file_formats.read(path)):
        for drawing, prediction in zip(batch, predictor.predict_all(given), strict=True):
            drawn = prediction.verdict != "nothing drawn"
            row = {
                "file": str(path),
                "index": next(index),
                "verdict": prediction.verdict,
                "digit": prediction.digit if drawn else None,
                "probability": prediction.probability if drawn else None,
                "probabilities": prediction.probabilities if drawn else None,
            }
            yield row if drawing.label is None else {**row, "label": drawing.label}


def _print_predictions(rows: list[dict[str, Any]], model: Model, most: int = 50) -> None:
    columns = ("file", "index", "digit", "probability", "verdict", "label")
    table = Table(*columns, title=f"Predicted by {model.name}")
    for row in rows[:most]:
        drawn = row["digit"] is not None
        digit, probability = (str(row["digit"]), f"{row['probability']:.1%}") if drawn else ("–", "–")
        table.add_row(row["file"], str(row["index"]), digit, probability, row["verdict"], str(row.get("label", "")))
    output.print(table)
    if len(rows) > most:
        output.print(f"… and {len(rows) - most:,} more; --json gives them all.")
    known = [row for row in rows if "label" in row]
    if known:
        right = metrics.Accuracy(sum(row["digit"] == row["label"] for row in known), len(known))
        output.print(f"{right.right:,} of {right.count:,} labelled drawings are correct ({right.share:.2%}).")


def evaluate(
    model: ModelOption = "",
    dataset: Annotated[
        str, typer.Option(help="mnist, digits, drawings (the collected ones), an .npz, or drawings as .jsonl or .zip.")
    ] = "mnist",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Measure a model on a test set."""
    place = Workspace.open(workspace)
    chosen = find_model(model, Registry(place))
    x, y, contents = _test_set(dataset, place)
    result = metrics.evaluate(y, Predictor.of(chosen, threads=0).probabilities(x))
    low, high = result.accuracy.interval
    learned = len(contents & Registry(place).seen_along(chosen))
    if as_json:
        report = {
            "model": chosen.name,
            "dataset": dataset,
            "accuracy": result.accuracy.share,
            "interval": [low, high],
            "count": result.accuracy.count,
            "right": result.accuracy.right,
            "precision": _or_none(result.precision),
            "recall": _or_none(result.recall),
            "f1": _or_none(result.f1),
            "support": result.support.tolist(),
            "confusion": result.confusion.tolist(),
            "learned": learned,
        }
        print(json.dumps(report))
    else:
        _print_evaluation(result, f"{chosen.name} on {dataset}")
    if learned:
        errors.print(
            f"warning: {were(learned, 'drawing')} part of its fine-tuning, so its predictions of them prove nothing.",
            soft_wrap=True,
        )


def _or_none(figures: npt.NDArray[np.float64]) -> list[float | None]:
    """As JSON, which has no NaN."""
    return [None if np.isnan(figure) else float(figure) for figure in figures]


def _print_evaluation(result: metrics.Evaluation, what: str) -> None:
    low, high = result.accuracy.interval
    title = f"{what}: {result.accuracy.share:.2%} (95 % interval {low:.2%} to {high:.2%})"
    table = Table("digit", "precision", "recall", "F1", "images", title=title)
    for digit in range(10):
        figures = (result.precision[digit], result.recall[digit], result.f1[digit])
        shown = ("–" if np.isnan(figure) else f"{figure:.2%}" for figure in figures)
        table.add_row(str(digit), *shown, str(result.support[digit]))
    output.print(table)


def _test_set(name: str, workspace: Workspace) -> tuple[datasets.Images, datasets.Labels, set[str]]:
    """(N, 28, 28) images, (N,) labels, and the sha256 of each drawing; none for a data set."""
    if name == "drawings" or name.lower().endswith((*file_formats.STROKE_SUFFIXES, ".zip")):
        if name == "drawings":
            chosen = DrawingStore(workspace).all()
        else:
            chosen = file_formats.labelled(file_formats.read(Path(name)), name)
        if not chosen:
            raise InputError(
                "There are no drawings to evaluate on. Draw in the app, or: mnist-studio drawings import PATH"
            )
        x = np.concatenate([given for _, given in batches(chosen)])
        return x, labels(chosen), {drawing.sha256 for drawing in chosen}
    dataset = datasets.load(name, workspace)
    return dataset.x_test, dataset.y_test, set()
