"""The command line: `python -m mnist_core …`. People get tables and progress bars; `--json` gives programs JSON.

Results go to standard output, everything else to standard error. Exit status: 0 done, 2 the arguments or the
input are wrong, 1 anything else; each with one line that says what, what is allowed, and what to do.
"""

import inspect
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table
from typer.exceptions import TyperException

from mnist_core import bench, datasets, drawings, exchange, metrics, proposals, trainer, transfer
from mnist_core.config import PRESETS, Config, FineTuneConfig, TrainConfig
from mnist_core.drawings import DrawingStore
from mnist_core.errors import InputError, StudioError
from mnist_core.jobs import Job, Jobs, Process
from mnist_core.predictor import Predictor
from mnist_core.progress_bar import ProgressBar
from mnist_core.registry import Model, Registry
from mnist_core.runs import Run
from mnist_core.workspace import Workspace, exporting

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="MNIST Studio: train a digit reader, correct it on your own drawings, and have it learn your hand.",
)
drawings_app = typer.Typer(no_args_is_help=True, help="The collected drawings: list, import, export.")
models_app = typer.Typer(no_args_is_help=True, help="The models: list, load, import, export, delete.")
app.add_typer(drawings_app, name="drawings")
app.add_typer(models_app, name="models")
bench_app = typer.Typer(no_args_is_help=True, help="Measure, and write the figures down.")
app.add_typer(bench_app, name="bench")

# A name like "[red]" or ":cat:" is shown as it is.
errors = Console(stderr=True, highlight=False, markup=False, emoji=False)
output = Console(highlight=False, markup=False, emoji=False)

WorkspaceOption = Annotated[
    str, typer.Option("--workspace", help="The folder that holds everything; else MNIST_STUDIO_HOME, else ./workspace.")
]
ModelOption = Annotated[str, typer.Option("--model", help="A model's name or id; the loaded one if left out.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except InputError as error:
        _fail(str(error), 2)
    except TyperException as error:
        _fail(error.format_message(), 2)
    except StudioError as error:
        _fail(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        _fail("Cancelled.", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `… | head` has seen enough
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MNIST_STUDIO_DEBUG"):
            raise
        _fail(f"A fault in the program: {type(error).__name__}: {error}. MNIST_STUDIO_DEBUG=1 shows where.", 1)


def _fail(message: str, status: int) -> None:
    errors.print(f"error: {' '.join(message.split())}", soft_wrap=True)
    sys.exit(status)


def _flags_of(config: type[Config]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one flag for each field of `config`; those that are used reach it as `fields`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def with_fields(**values: Any) -> None:
            fields = {name: values.pop(name) for name in config.model_fields}
            command(**values, fields={name: value for name, value in fields.items() if value is not None})

        own = [each for each in inspect.signature(command).parameters.values() if each.name != "fields"]
        flags = [_flag(name, field) for name, field in config.model_fields.items()]
        with_fields.__name__, with_fields.__doc__ = command.__name__, command.__doc__
        with_fields.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + flags
        )
        with_fields.__annotations__ = {each.name: each.annotation for each in [*own, *flags]}
        return with_fields

    return decorate


def _flag(name: str, field: FieldInfo) -> inspect.Parameter:
    kind: Any = field.annotation
    option = typer.Option(help=_help(field.description, field.default))
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _help(description: str | None, default: object) -> str:
    return f"{description} [{default}]" if default != "" else str(description)


@app.command()
@_flags_of(TrainConfig)
def train(
    preset: Annotated[str, typer.Option(help=f"Start from a preset: {', '.join(PRESETS)}.")] = "balanced",
    resume: Annotated[str, typer.Option(help="Go on with an interrupted run, by its id.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Train a model from scratch; it is tested and added to the registry."""
    if preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}. Allowed: {', '.join(PRESETS)}.")
    place = Workspace.open(workspace)
    jobs, here = Jobs(place), Process.of(os.getpid())
    if resume:
        job = jobs.claim(resume, here)
    else:
        job = jobs.submit("train", TrainConfig.checked(**{**PRESETS[preset], **fields}), by=here)
    _print_report(_work(job, place), as_json)


@app.command()
@_flags_of(FineTuneConfig)
def finetune(
    drawings_path: Annotated[
        str, typer.Option("--drawings", help="A .jsonl(.gz) or .zip of labelled drawings; else those of the app.")
    ] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Teach a model from labelled drawings; if the result is accepted, it becomes the loaded model."""
    place = Workspace.open(workspace)
    if drawings_path:
        learned = exchange.labelled(exchange.read(Path(drawings_path)), drawings_path)
    else:
        learned = DrawingStore(place).all()
    base = Registry(place).find(fields.get("model", ""))
    config = FineTuneConfig.checked(**{**fields, "model": base.id})
    job = Jobs(place).submit("finetune", config, drawings=learned, by=Process.of(os.getpid()))
    report = _work(job, place)
    model = proposals.keep(place, Run.at(place, job.id)) if report["accepted"] else base
    _print_report({"model": model.name, "model_id": model.id, **report}, as_json)


def _work(job: Job, workspace: Workspace) -> dict[str, Any]:
    """Do the job in this process, with a progress bar; Ctrl-C and TERM save and end."""
    with _library_messages_to(Run.at(workspace, job.id).log) as terminal, ProgressBar(terminal) as bar:
        from mnist_core.engine.worker import work

        leave = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: leave.set())
        ended = work(job, workspace, leave, bar.update)
    if ended.state == "interrupted":
        resume = f" Go on with: python -m mnist_core train --resume {job.id}" if job.kind == "train" else ""
        raise StudioError(f"Interrupted; everything so far was saved as run {job.id}.{resume}")
    report = Run.at(workspace, job.id).report()
    if report is None:
        raise StudioError(ended.message or f"The run {job.id} was {ended.state}.")
    return report


@contextmanager
def _library_messages_to(log: Path) -> Iterator[Console]:
    """Point the process's standard error at the run's log; yield a console that still reaches the terminal.

    TensorFlow's C++ writes to the file descriptor, past Python, whatever it is asked.
    """
    terminal = os.dup(sys.stderr.fileno())
    with log.open("a") as file, os.fdopen(os.dup(terminal), "w") as stream:
        os.dup2(file.fileno(), sys.stderr.fileno())
        try:
            yield Console(file=stream, highlight=False)
        finally:
            os.dup2(terminal, sys.stderr.fileno())
            os.close(terminal)


def _print_report(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(report), flush=True)
        return
    table = Table(show_header=False)
    for name, value in report.items():
        if not isinstance(value, list | dict):
            table.add_row(name.replace("_", " "), f"{value:.4f}" if isinstance(value, float) else str(value))
    output.print(table)


@app.command()
def predict(
    files: Annotated[list[Path], typer.Argument(help="PNG or JPEG pictures, .zip of them, .jsonl(.gz) of strokes.")],
    model: ModelOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each digit.")] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Read the digits in files."""
    chosen = Registry(Workspace.open(workspace)).find(model)
    predictor = _predictor(chosen)
    rows = []
    for path in files:
        items = exchange.read(path)
        images = drawings.images([drawings.Drawing(0, item.strokes, item.bitmap) for item in items])
        for index, (item, probabilities) in enumerate(zip(items, predictor.probabilities(images), strict=True)):
            digit = int(probabilities.argmax())
            row: dict[str, Any] = {
                "file": str(path),
                "index": index,
                "digit": digit,
                "probability": float(probabilities[digit]),
                "probabilities": [float(each) for each in probabilities],
            }
            rows.append(row if item.label is None else {**row, "label": item.label})
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    _print_predictions(rows, chosen)


def _print_predictions(rows: list[dict[str, Any]], model: Model, most: int = 50) -> None:
    table = Table("file", "index", "digit", "probability", "label", title=f"Read by {model.name}")
    for row in rows[:most]:
        table.add_row(
            row["file"], str(row["index"]), str(row["digit"]), f"{row['probability']:.1%}", str(row.get("label", ""))
        )
    output.print(table)
    if len(rows) > most:
        output.print(f"… and {len(rows) - most:,} more; --json gives them all.")
    known = [row for row in rows if "label" in row]
    if known:
        right = metrics.Accuracy(sum(row["digit"] == row["label"] for row in known), len(known))
        output.print(f"{right.right:,} of {right.count:,} labelled ones are right ({right.share:.2%}).")


def _predictor(model: Model) -> Predictor:
    if not model.card.usable:
        raise InputError(f"{model.name} does not take (28, 28) images and give 10 logits, so it cannot predict.")
    return Predictor(model.onnx, threads=0)


@app.command()
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
    chosen = Registry(place).find(model)
    images, labels = _test_set(dataset, place)
    result = metrics.evaluate(labels, _predictor(chosen).probabilities(images))
    low, high = result.accuracy.interval
    if as_json:
        report = {
            "model": chosen.name,
            "dataset": dataset,
            "accuracy": result.accuracy.share,
            "interval": [low, high],
            "count": result.accuracy.count,
            "right": result.accuracy.right,
            "precision": result.precision.tolist(),
            "recall": result.recall.tolist(),
            "f1": result.f1.tolist(),
            "support": result.support.tolist(),
            "confusion": result.confusion.tolist(),
        }
        print(json.dumps(report))
        return
    title = f"{chosen.name} on {dataset}: {result.accuracy.share:.2%} (95 % interval {low:.2%} to {high:.2%})"
    table = Table("digit", "precision", "recall", "F1", "images", title=title)
    for digit in range(10):
        figures = (result.precision[digit], result.recall[digit], result.f1[digit])
        table.add_row(str(digit), *(f"{figure:.2%}" for figure in figures), str(result.support[digit]))
    output.print(table)


def _test_set(name: str, workspace: Workspace) -> tuple[datasets.Images, datasets.Labels]:
    if name == "drawings" or name.lower().endswith((*exchange.STROKE_SUFFIXES, ".zip")):
        if name == "drawings":
            chosen = DrawingStore(workspace).all()
        else:
            chosen = exchange.labelled(exchange.read(Path(name)), name)
        if not chosen:
            raise InputError("There are no drawings to evaluate on. Draw in the app, or: drawings import PATH")
        return drawings.images(chosen), drawings.labels(chosen)
    dataset = datasets.load(name, workspace)
    return dataset.x_test, dataset.y_test


@bench_app.command("drawings")
def bench_drawings(
    path: Annotated[Path, typer.Argument(help='Labelled drawings, .jsonl(.gz), each with its "writer".')],
    model: ModelOption = "",
    write: Annotated[str, typer.Option("--write", help="Also write the tables into this Markdown file.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """How well a model reads drawings: over all, by digit, by writer."""
    chosen = Registry(Workspace.open(workspace)).find(model)
    result = bench.read_drawings(exchange.read(path), chosen)
    if write:
        Path(write).write_text(
            bench.as_markdown(result, f"python -m mnist_core bench drawings {path.name} --write {write}"),
            encoding="utf-8",
        )
    report = {
        "model": chosen.name,
        "accuracy": result.accuracy.share,
        "count": result.accuracy.count,
        "by_digit": [result.of_digit(digit).share for digit in range(10)],
        "by_writer": {writer: result.of_writer(writer).share for writer in sorted(set(result.writers))},
    }
    sentence = f"{chosen.name} reads {result.accuracy.share:.2%} of {result.accuracy.count:,} drawings right."
    _tell(report, sentence, as_json)


@drawings_app.command("list")
def list_drawings(as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """How many drawings there are of each digit."""
    counts = DrawingStore(Workspace.open(workspace)).counts()
    if as_json:
        print(json.dumps({"total": sum(counts), "by_digit": counts}))
        return
    table = Table("digit", "drawings")
    for digit, count in enumerate(counts):
        table.add_row(str(digit), str(count))
    table.add_row("all", str(sum(counts)))
    output.print(table)


@drawings_app.command("import")
def import_drawings(
    path: Annotated[Path, typer.Argument(help="A .jsonl(.gz) of strokes, or a .zip of PNGs in folders 0 to 9.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Add labelled drawings from a file, all of them or none."""
    place = Workspace.open(workspace)
    added = DrawingStore(place).add(exchange.labelled(exchange.read(path), path.name))
    _tell({"imported": len(added)}, f"{len(added):,} drawings were added.", as_json)


@drawings_app.command("export")
def export_drawings(
    path: Annotated[Path, typer.Argument(help="A .jsonl for the strokes, or a .zip of PNGs.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Write the collected drawings to a file."""
    chosen = DrawingStore(Workspace.open(workspace)).all()
    writers = {".jsonl": exchange.to_jsonl, ".zip": exchange.to_zip}
    if path.suffix not in writers:
        raise InputError(f"{path.name}: drawings are exported to .jsonl (strokes) or .zip (PNGs).")
    with exporting(path) as temporary:
        temporary.write_bytes(writers[path.suffix](chosen))
    _tell({"exported": len(chosen), "path": str(path)}, f"{len(chosen):,} drawings were written to {path}.", as_json)


@models_app.command("list")
def list_models(as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """The models, newest first; the loaded one is marked."""
    registry = Registry(Workspace.open(workspace))
    loaded = registry.loaded().id
    rows: list[dict[str, Any]] = [
        {
            "id": model.id,
            "name": model.name,
            "loaded": model.id == loaded,
            "kind": model.card.kind,
            "architecture": model.card.architecture,
            "test_accuracy": model.card.figures.get("test_accuracy"),
            "parameters": model.card.parameters,
            "created": model.card.created,
            "parent": model.card.parent,
        }
        for model in registry.all()
    ]
    if as_json:
        print(json.dumps({"models": rows}))
        return
    table = Table("", "name", "kind", "architecture", "test accuracy", "parameters", "id")
    for row in rows:
        accuracy = f"{row['test_accuracy']:.2%}" if row["test_accuracy"] is not None else "–"
        mark = "loaded" if row["loaded"] else ""
        table.add_row(
            mark, row["name"], row["kind"], row["architecture"], accuracy, f"{row['parameters']:,}", row["id"]
        )
    output.print(table)


@models_app.command("load")
def load_model(name: str, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Make a model the loaded one: what Draw and `predict` read with."""
    registry = Registry(Workspace.open(workspace))
    model = registry.load(registry.find(name).id)
    _tell({"loaded": model.name, "id": model.id}, f"{model.name} is loaded.", as_json)


@models_app.command("import")
def import_model(
    path: Annotated[Path, typer.Argument(help="A .keras file.")],
    name: Annotated[str, typer.Option(help="What it will be called; else the file's name.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Add a model from a file, after judging it."""
    model = transfer.import_model(path, Workspace.open(workspace), name)
    warning = "" if model.card.usable else " It is no digit model: it is shown, but cannot predict."
    _tell(
        {"imported": model.name, "id": model.id, "usable": model.card.usable},
        f"{model.name} was added.{warning}",
        as_json,
    )


@models_app.command("export")
def export_model(name: str, path: Path, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Write a model to .keras, .onnx, or a .zip of both and its card."""
    model = Registry(Workspace.open(workspace)).find(name)
    transfer.export_model(model, path)
    _tell({"exported": model.name, "path": str(path)}, f"{model.name} was written to {path}.", as_json)


@models_app.command("delete")
def delete_model(name: str, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Delete a model."""
    registry = Registry(Workspace.open(workspace))
    model = registry.find(name)
    registry.delete(model.id)
    _tell({"deleted": model.name, "id": model.id}, f"{model.name} was deleted.", as_json)


def _tell(report: dict[str, Any], sentence: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report))
    else:
        output.print(sentence, soft_wrap=True)


@app.command("trainer", hidden=True)
def trainer_command(workspace: WorkspaceOption = "") -> None:
    """The app's standby trainer: reads a job's id from standard input."""
    trainer.main(Workspace.open(workspace))


@app.command("open-model", hidden=True)
def open_model_command(path: Path, folder: Path) -> None:
    """Open a foreign model in this (limited) process."""
    transfer.check_weights(path)
    from mnist_core.engine import foreign

    foreign.limit_memory()
    foreign.open_model(path, folder)
