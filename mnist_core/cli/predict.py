"""predict, evaluate: a model's predictions and their accuracy."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.table import Table

from mnist_core.cli import predict_numbers, predict_pictures, preview
from mnist_core.cli.shared import DryRunOption, JsonOption, ModelOption, WorkspaceOption, errors, find_model, output
from mnist_core.collection import file_formats, picture_sets
from mnist_core.collection.drawing import Drawing, batches, labels
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.files import expanded
from mnist_core.common.language import _, n_
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.data.files import reading, tree
from mnist_core.evaluation import metrics
from mnist_core.models.model import Model
from mnist_core.models.predictor import VERDICTS, Prediction, Predictor
from mnist_core.models.registry import Registry

MOST_SHOWN = 50
"""Rows of the table."""


def predict(
    files: Annotated[
        list[Path], typer.Argument(help=_("Pictures, a .zip or a folder of them, or a .jsonl(.gz) of strokes."))
    ],
    model: ModelOption = "",
    number: Annotated[
        bool, typer.Option("--number", help=_("Read each drawing or picture as a number of one digit or more."))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print one JSON object a line for each drawing."))] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Predict the digits in files."""
    chosen = find_model(model, Registry(Workspace.open(workspace)))
    predictor = Predictor.of(chosen, threads=0)
    read = partial(predict_numbers.rows if number else _rows, predictor=predictor)
    unread: list[Path] = []
    rows = ({**row, "model": chosen.name} for row in _rows_of_all(files, read, unread))
    if as_json:
        for row in rows:
            print(json.dumps(row))
    elif (found := [*rows]) or not unread:
        show = predict_numbers.show if number else _print_predictions
        show(found, chosen, MOST_SHOWN)
    if unread:
        raise typer.Exit(2)


def _rows_of_all(
    files: list[Path], read: Callable[[Path], Iterator[dict[str, Any]]], unread: list[Path]
) -> Iterator[dict[str, Any]]:
    """The rows of all files. One of several that cannot be read is told and added to `unread`."""
    for path in files:
        try:
            yield from read(path)
        except InputError as error:
            if len(files) == 1:
                raise
            unread.append(path)
            errors.print(_("error: {message}", message=error.text), soft_wrap=True)


def _rows(path: Path, predictor: Predictor) -> Iterator[dict[str, Any]]:
    if predict_pictures.are_pictures(path):
        yield from predict_pictures.rows(path, partial(_of_picture, predictor))
        return
    index = itertools.count()
    for batch, given in batches(file_formats.read(path)):
        predicted = predictor.predict_all(given, [drawing.strokes for drawing in batch])
        for drawing, prediction in zip(batch, predicted, strict=True):
            row = {"file": str(path), "index": next(index), **_told(prediction)}
            yield row if drawing.label is None else {**row, "label": drawing.label}


def _of_picture(predictor: Predictor, content: bytes, name: str) -> dict[str, Any]:
    prediction = predictor.predict(picture_sets.picture(name, content).image)
    if prediction.verdict != "nothing drawn" and predict_numbers.is_number(content, name, predictor, prediction):
        prediction = replace(prediction, verdict="several")
    return _told(prediction)


def _told(prediction: Prediction) -> dict[str, Any]:
    drawn = prediction.verdict != "nothing drawn"
    return {
        "verdict": prediction.verdict,
        "digit": prediction.digit if drawn else None,
        "probability": prediction.probability if drawn else None,
        "probabilities": prediction.probabilities if drawn else None,
        "score": prediction.score if drawn else None,
    }


def _print_predictions(rows: list[dict[str, Any]], model: Model, most: int) -> None:
    columns = (_("file"), _("index"), _("digit"), _("probability"), _("verdict"), _("label"))
    table = Table(*columns, title=_("Predicted by {model}", model=model.name))
    for row in rows[:most]:
        drawn = row["digit"] is not None
        digit, probability = (str(row["digit"]), f"{row['probability']:.1%}") if drawn else ("–", "–")
        if row["verdict"] in ("not a digit", "several"):
            digit, probability = "?", "–"
        verdict = _(VERDICTS[row["verdict"]])
        table.add_row(
            predict_pictures.place(row), str(row["index"]), digit, probability, verdict, str(row.get("label", ""))
        )
    output.print(table)
    if len(rows) > most:
        output.print(n_("… and {n} more. --json prints all.", "… and {n:,} more. --json prints all.", len(rows) - most))
    known = [row for row in rows if "label" in row]
    if known:
        right = metrics.Accuracy(sum(row["digit"] == row["label"] for row in known), len(known))
        output.print(
            n_(
                "{right:,} of {n} labelled drawing is predicted correctly ({share:.2%}).",
                "{right:,} of {n:,} labelled drawings are predicted correctly ({share:.2%}).",
                right.count,
                right=right.right,
                share=right.share,
            )
        )


def evaluate(
    model: ModelOption = "",
    dataset: Annotated[
        str,
        typer.Option(help=_("mnist, digits, drawings (the collected ones), or the path of a data set or of drawings.")),
    ] = "mnist",
    turn_images: Annotated[
        bool | None,
        typer.Option("--turn-images/--no-turn-images", help=TrainConfig.explanation("turn_images")),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Measure a model on a test set."""
    place = Workspace.open(workspace)
    chosen = find_model(model, Registry(place))
    drawn = _drawings(dataset, place)
    if dry_run:
        if drawn is not None:
            raise InputError(_("{file} contains drawings. --dry-run shows data sets only.", file=dataset))
        preview.show(dataset, place, turn_images, as_json=as_json)
        return
    x, y, contents = _test_set(dataset, place, chosen, turn_images) if drawn is None else _arrays(drawn)
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
        _print_evaluation(result, chosen.name, dataset)
    if learned:
        warning = n_(
            "{n} drawing was part of its fine-tuning, so its prediction proves nothing.",
            "{n:,} drawings were part of its fine-tuning, so their predictions prove nothing.",
            learned,
        )
        errors.print(_("warning: {message}", message=warning), soft_wrap=True)


def _or_none(figures: npt.NDArray[np.float64]) -> list[float | None]:
    """As JSON, which has no NaN."""
    return [None if np.isnan(figure) else float(figure) for figure in figures]


def _print_evaluation(result: metrics.Evaluation, model: str, dataset: str) -> None:
    low, high = result.accuracy.interval
    title = _(
        "{model} on {dataset}: {share:.2%} (95% confidence interval {low:.2%} to {high:.2%})",
        model=model,
        dataset=dataset,
        share=result.accuracy.share,
        low=low,
        high=high,
    )
    table = Table(_("digit"), _("precision"), _("recall"), _("F1"), _("images"), title=title)
    for digit in range(10):
        figures = (result.precision[digit], result.recall[digit], result.f1[digit])
        shown = ("–" if np.isnan(figure) else f"{figure:.2%}" for figure in figures)
        table.add_row(str(digit), *shown, str(result.support[digit]))
    output.print(table)


def _drawings(name: str, workspace: Workspace) -> list[Drawing] | None:
    """The drawings that this names; None for a data set. A zip of pictures without a test folder has drawings."""
    lower = name.lower()
    if name == "drawings":
        return DrawingStore(workspace).all()
    if lower.endswith(file_formats.STROKE_SUFFIXES):
        return file_formats.labelled(file_formats.read(expanded(name)), name)
    if not lower.endswith(".zip"):
        return None
    with tree.opened(expanded(name)) as files:
        if reading.is_data_set(files):
            return None
        found = picture_sets.read(files)
    if found.damaged:
        errors.print(_("warning: {message}", message=found.damage), soft_wrap=True)
    return file_formats.labelled(found.drawings, name)


def _arrays(drawings: list[Drawing]) -> tuple[datasets.Images, datasets.Labels, set[str]]:
    """(N, 28, 28) images, (N,) labels, and the sha256 of each drawing."""
    if not drawings:
        raise InputError(
            _(
                "There are no drawings to evaluate on. Draw some in the app, or import some: mnist-studio drawings "
                "import FILE"
            )
        )
    x = np.concatenate([given for _, given in batches(drawings)])
    return x, labels(drawings), {drawing.sha256 for drawing in drawings}


def _test_set(
    name: str, workspace: Workspace, model: Model, turn: bool | None
) -> tuple[datasets.Images, datasets.Labels, set[str]]:
    """As `_arrays`, of a data set; it has no drawings' sha256.

    Of an undivided data set all images count, unless the model was trained on it.
    """
    dataset = preview.checked(name, workspace, turn)
    dataset = dataset.turned() if turn else dataset
    path, lineage = datasets.settled(name), Registry(workspace).lineage(model)
    if dataset.undivided and not any(each.card.was_trained_on(path) for each in lineage):
        return (*dataset.all, set())
    return dataset.x_test, dataset.y_test, set()
