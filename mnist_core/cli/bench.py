"""bench: measure the program against its baselines and on people's drawings, and store the figures."""

import os
import shlex
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from pydantic import BaseModel

from mnist_core.benchmarks import (
    comparison,
    hands,
    institutions,
    numbers,
    personal,
    personal_trials,
    pictures,
    report,
    searches,
)
from mnist_core.benchmarks import drawings as drawing_bench
from mnist_core.benchmarks.numbers_report import as_document
from mnist_core.benchmarks.results import measured, store, stored
from mnist_core.benchmarks.trials import ABLATION, Trial, here, on_cluster, try_out
from mnist_core.cli import bench_serve
from mnist_core.cli.shared import (
    JsonOption,
    ModelOption,
    WorkspaceOption,
    errors,
    find_model,
    flags_of,
    hand_down,
    no_preset,
    output,
    print_json,
    tell,
)
from mnist_core.cli.typer_words import CommandGroup
from mnist_core.collection import file_formats
from mnist_core.common.errors import InputError
from mnist_core.common.files import exporting, scratch_folder
from mnist_core.common.language import _, listed, n_
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.flags import flag
from mnist_core.config.presets import PRESETS, offered
from mnist_core.data import datasets
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry

PARTIAL = ".partial.md"
"""The .json beside this document holds a measurement until it is complete."""
INSTALL = "pip install -r requirements-bench.txt"
PEN_STROKES = "pen-strokes.jsonl.gz"
PARTS: dict[str, Sequence[personal_trials.Trial]] = {
    "counts": personal_trials.COUNTS,
    "hard": personal_trials.HARD,
    "slanted": personal_trials.SLANTED,
    "options": personal_trials.OPTIONS,
    "rounds": (),
}
"""What `bench personal` measures, part by part."""

bench_app = CommandGroup()
bench_app.command("serve", help=bench_serve.EXPLAINED)(bench_serve.bench_serve)

WriteOption = Annotated[
    str, typer.Option("--write", help=_("Write the figures into this Markdown file, its .json and its chart (.svg)."))
]
SeedsOption = Annotated[int, typer.Option(help=_("Number of seeds, counted from 0."), min=1, max=100)]


@bench_app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help=_("The same as --seeds 1 --epochs 5."))] = False,
    seeds: SeedsOption = 3,
    epochs: Annotated[int, typer.Option(help=_("Stop the baselines after this many epochs."), min=1)] = 15,
    write: WriteOption = "",
    workspace: WorkspaceOption = "",
) -> None:
    """Compare the program with its baselines, and measure the overhead of its training loop."""
    hand_down(context, workspace)
    if context.invoked_subcommand:
        return
    _check(write)
    seeds, epochs = (1, 5) if quick else (seeds, epochs)
    command = f"mnist-studio bench --seeds {seeds} --epochs {epochs}"
    if "pytorch_example" not in comparison.baselines_at_hand():
        errors.print(
            _("PyTorch is not installed, so its example is left out. To install it: {command}", command=INSTALL)
        )
    with scratch_folder() as folder:
        mnist = _mnist_file(Workspace.open(workspace), folder)
        _publish("comparison", command, comparison.compare(mnist, range(seeds), epochs, _progress), write)
    from mnist_core.benchmarks.overhead import measure

    _progress(_("Comparing the training loop with a bare training step …"))
    _publish("step", command, measure(2 if quick else 4), write)


@bench_app.command("presets", help=_("Train each preset with several seeds: accuracy and time."))
@flags_of(Compute)
def bench_presets(
    presets: Annotated[list[str], typer.Argument(help=_("The presets to train: {presets}.", presets=offered()))],
    seeds: SeedsOption = 5,
    write: WriteOption = "",
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Train each preset with several seeds: accuracy and time."""
    if unknown := [name for name in presets if name not in PRESETS]:
        raise InputError(no_preset(unknown[0]))
    trials = [Trial(name, ("--preset", name)) for name in presets]
    command = f"mnist-studio bench presets {shlex.join(presets)} --seeds {seeds}"
    _try(trials, seeds, "presets: " + ", ".join(presets), command, write, workspace, fields)


@bench_app.command("ablation", help=_("Train the preset `quick` with each option changed in turn."))
@flags_of(Compute)
def bench_ablation(
    seeds: SeedsOption = 3, write: WriteOption = "", workspace: WorkspaceOption = "", *, fields: dict[str, Any]
) -> None:
    """Train the preset `quick` with each option changed in turn."""
    _try(ABLATION, seeds, "ablation", f"mnist-studio bench ablation --seeds {seeds}", write, workspace, fields)


@bench_app.command("search", help=_("Search from the preset `articles` with TPE and at random, in the same time."))
def bench_search(
    minutes: Annotated[
        float,
        typer.Option(help=_("Minutes of each search. A final training with its best settings comes on top."), min=0.1),
    ] = 20,
    repeats: Annotated[int, typer.Option(help=_("Number of repeats, each with another seed."), min=1)] = 5,
    epochs: Annotated[int, typer.Option(help=_("Epochs of each trial; 0 for the preset's."), min=0)] = 0,
    write: WriteOption = "",
    workspace: WorkspaceOption = "",
) -> None:
    """Search from the preset `articles` with TPE and at random, in the same time."""
    _check(write)
    command = f"mnist-studio bench search --minutes {minutes:g} --repeats {repeats}"
    command += f" --epochs {epochs}" if epochs else ""
    with scratch_folder() as folder:
        mnist = _mnist_file(Workspace.open(workspace), folder)
        _publish("search", command, searches.measure(minutes, range(repeats), epochs, mnist, _progress), write)


def _try(
    trials: Sequence[Trial], seeds: int, section: str, command: str, write: str, workspace: str, fields: dict[str, Any]
) -> None:
    """
    Args:
        fields: those of `Compute` that are given. A cluster that is stored does not count: times are measured.
    """
    _check(write)
    place, compute = Workspace.open(workspace), Compute.checked(flag, **fields)
    if compute.cluster:
        command += " " + shlex.join(["--cluster", "ADDRESS", "--cpus", str(compute.cpus)])
        _publish(section, command, try_out(trials, range(seeds), on_cluster(compute, place), _progress), write)
        return
    with scratch_folder() as folder:
        _publish(section, command, try_out(trials, range(seeds), here(_mnist_file(place, folder)), _progress), write)


def _check(write: str) -> None:
    """Raise before hours of measuring if the document cannot be written."""
    if write:
        stored(Path(write))
        if not find_spec("matplotlib"):
            raise InputError(_("--write needs matplotlib for its chart. To install it: {command}", command=INSTALL))


def _publish(section: str, command: str, figures: Iterable[BaseModel], write: str, *, as_json: bool = False) -> None:
    """Show the figures and put them into the document if one is named; its other sections stay.

    Each figure is stored as soon as it is measured, in a separate file until all are complete. So a failure loses no
    hours, and the document never shows half of a comparison.
    """
    gathered: list[dict[str, Any]] = []
    document = Path(write)
    for figure in figures:
        gathered.append(figure.model_dump())
        if write:
            store(document.with_suffix(PARTIAL), {section: measured(command, gathered)})
    sections = {section: measured(command, gathered)}
    if write:
        all_of_it = {**stored(document), **sections}
        store(document, all_of_it)
        report.write(document, all_of_it)
        document.with_suffix(PARTIAL).with_suffix(".json").unlink(missing_ok=True)
    if as_json:
        print_json(sections[section].model_dump())
    else:
        output.print(report.as_markdown(sections), soft_wrap=True)


def _mnist_file(workspace: Workspace, folder: Path) -> Path:
    """MNIST as an .npz of its own, wherever it was found."""
    dataset = datasets.mnist(workspace)
    path = folder / "mnist.npz"
    np.savez(path, x_train=dataset.x_train, y_train=dataset.y_train, x_test=dataset.x_test, y_test=dataset.y_test)
    return path


def _progress(line: str) -> None:
    errors.print(line)


@bench_app.command(
    "personal", help=_("Fine-tune on the first drawings of each writer, and test on the writer's last ones.")
)
def bench_personal(
    path: Annotated[str, typer.Argument(help=_('Labelled drawings, .jsonl(.gz), each with its "writer".'))] = "",
    model: ModelOption = "",
    count: Annotated[int, typer.Option("--writers", help=_("Number of writers, evenly chosen; 0 for all."), min=0)] = 0,
    parts: Annotated[
        str, typer.Option(help=_("Some of counts, hard, slanted, options and rounds, separated by commas."))
    ] = ",".join(PARTS),
    write: WriteOption = "",
    workspace: WorkspaceOption = "",
) -> None:
    """Fine-tune on each writer's first drawings and test on the writer's last ones."""
    _check(write)
    asked = [part.strip() for part in parts.split(",")]
    if unknown := [part for part in asked if part not in PARTS]:
        raise InputError(_("There is no part {name!r}. Allowed: {allowed}.", name=unknown[0], allowed=listed(PARTS)))
    source = Path(path or Path(os.environ.get("MNIST_STUDIO_DATA", ".")) / PEN_STROKES)
    place = Workspace.open(workspace)
    base, mnist, writers = find_model(model, Registry(place)), datasets.mnist(place), personal.by_writer(source)
    names = list(writers)
    places = np.linspace(0, len(names) - 1, min(count or len(names), len(names))).round().astype(int)
    chosen = {names[place]: writers[names[place]] for place in places}
    flags = f"{f' --model {model!r}' if model else ''}{f' --writers {count}' if count else ''}"
    for part in asked:
        command = f"mnist-studio bench personal {source.name}{flags} --parts {part}"
        if part == "rounds":
            tuned = personal.in_a_row(chosen, base, mnist, _progress)
        else:
            tuned = personal.tune_each(PARTS[part], chosen, base, mnist, _progress)
        name = f"{part}: {base.name}" if part in ("options", "rounds") else f"personal: {base.name}, {part}"
        _publish(name, command, tuned, write)


@bench_app.command("drawings", help=_("Measure a model on drawings: in total, by digit and by writer."))
def bench_drawings(
    path: Annotated[Path, typer.Argument(help=_('Labelled drawings, .jsonl(.gz), each with its "writer".'))],
    model: ModelOption = "",
    write: Annotated[str, typer.Option("--write", help=_("Also write the tables into this Markdown file."))] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Accuracy of a model on drawings: in total, by digit, by writer."""
    chosen = find_model(model, Registry(Workspace.open(workspace)))
    result = drawing_bench.predict_drawings(file_formats.read(path), chosen)
    if write:
        tables = drawing_bench.as_markdown(result, f"mnist-studio bench drawings {path.name} --write {write}")
        with exporting(Path(write)) as temporary:
            temporary.write_text(tables, encoding="utf-8")
    report = {
        "model": chosen.name,
        "accuracy": result.accuracy.share,
        "count": result.accuracy.count,
        "by_digit": [result.of_digit(digit).share for digit in range(10)],
        "by_writer": {writer: result.of_writer(writer).share for writer in sorted(set(result.writers))},
    }
    sentence = n_(
        "{model} predicts {share:.2%} of {n} drawing correctly.",
        "{model} predicts {share:.2%} of {n:,} drawings correctly.",
        result.accuracy.count,
        model=chosen.name,
        share=result.accuracy.share,
    )
    tell(report, sentence, as_json)


@bench_app.command("numbers", help=_("Measure a model on numbers of several digits, put together from drawings."))
def bench_numbers(
    paths: Annotated[list[Path], typer.Argument(help=_('Labelled drawings, .jsonl(.gz), each with its "writer".'))],
    count: Annotated[int, typer.Option(help=_("Numbers of each kind, for each half of the writers."), min=1)] = 600,
    model: ModelOption = "",
    write: Annotated[str, typer.Option("--write", help=_("Also write the tables into this Markdown file."))] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Measure a model on numbers of several digits, put together from drawings."""
    predictor = Predictor.of(find_model(model, Registry(Workspace.open(workspace))), threads=0)
    figures = [each.model_dump() for path in paths for each in numbers.measure(path, predictor, count)]
    flags = f" --count {count}{f' --model {shlex.quote(model)}' if model else ''}"
    section = measured(f"mnist-studio bench numbers {shlex.join(path.name for path in paths)}{flags}", figures)
    if write:
        with exporting(Path(write)) as temporary:
            temporary.write_text(as_document(section), encoding="utf-8")
    if as_json:
        print_json(section.model_dump())
    else:
        output.print(as_document(section), soft_wrap=True)


@bench_app.command("pictures", help=_("Measure a model on pictures such as people upload, kind by kind."))
def bench_pictures(
    folder: Annotated[
        Path | None, typer.Argument(help=_("Also real pictures: a folder of folders 0 to 9, at any depth."))
    ] = None,
    model: ModelOption = "",
    count: Annotated[int, typer.Option(help=_("Rendered pictures of each kind."), min=1)] = 200,
    write: WriteOption = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Measure a model on pictures such as people upload, kind by kind."""
    _check(write)
    chosen = find_model(model, Registry(Workspace.open(workspace)))
    flags = f"{f' {folder.name}' if folder else ''}{f' --model {model!r}' if model else ''} --count {count}"
    figures = pictures.measure(Predictor.of(chosen), count, folder)
    _publish(f"pictures: {chosen.name}", f"mnist-studio bench pictures{flags}", figures, write, as_json=as_json)


@bench_app.command(
    "hands", help=_("Measure a model on the digits and letters of several institutions, and on scribbles.")
)
def bench_hands(
    digits: Annotated[Path, typer.Argument(help=_('Labelled digits, .jsonl(.gz), each with its "donor".'))],
    characters: Annotated[
        Path, typer.Argument(help=_('Letters and symbols, .jsonl(.gz), each with its "donor" and "character".'))
    ],
    flags: Annotated[
        list[str] | None, typer.Argument(help=_("After --: more flags of train, with --leave-one-out."))
    ] = None,
    model: ModelOption = "",
    leave_one_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-out",
            help=_("Train once without each institution, and measure on the institution that was left out."),
        ),
    ] = False,
    preset: Annotated[str, typer.Option(help=_("With --leave-one-out: the preset to train."))] = "shipped",
    epochs: Annotated[int, typer.Option(help=_("With --leave-one-out: epochs; 0 for the preset's."), min=0)] = 0,
    write: WriteOption = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Measure a model on the digits and letters of several institutions, and on scribbles."""
    _check(write)
    if preset not in PRESETS:
        raise InputError(no_preset(preset))
    if leave_one_out and model:
        raise InputError(_("--leave-one-out trains its own models. Leave out --model."))
    if (flags or epochs) and not leave_one_out:
        raise InputError(_("--epochs and the flags after -- need --leave-one-out."))
    place = Workspace.open(workspace)
    found = institutions.digits(digits), institutions.characters(characters)
    command = f"mnist-studio bench hands {digits.name} {characters.name}"
    if leave_one_out:
        given = ["--preset", preset, *(["--epochs", str(epochs)] if epochs else [])]
        command += " " + shlex.join(["--leave-one-out", *given, *(["--", *flags] if flags else [])])
        with scratch_folder() as folder:
            mnist = _mnist_file(place, folder)
            figures = hands.leave_one_out([*given, *(flags or [])], *found, mnist, _progress)
            _publish(f"institutions: {preset}", command, figures, write, as_json=as_json)
        return
    chosen = find_model(model, Registry(place))
    command += f" --model {shlex.quote(model)}" if model else ""
    _publish(f"hands: {chosen.name}", command, [hands.measure_model(chosen, *found)], write, as_json=as_json)
