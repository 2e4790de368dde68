"""A data set from elsewhere: shown by `--dry-run`, and refused if its images look turned and nobody says they are."""

from rich.table import Table

from mnist_core.cli.shared import errors, output, print_json
from mnist_core.common.errors import InputError
from mnist_core.common.language import _, advice, n_, sentences
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, preview
from mnist_core.data.datasets import Dataset
from mnist_core.models import turned
from mnist_core.models.turned import Judged


def checked(name: str, workspace: Workspace, turn: bool | None, *, trains: bool = False) -> Dataset:
    """The data set as its files have it, not turned; what was converted goes to standard error.

    Args:
        turn: what the person says about turning the images; None if nothing.
        trains: whether it is for a training.

    Raises:
        InputError: it is no data set, it is too small for a training, or its images look turned and nobody says what to
            do.
    """
    dataset = datasets.load(name, workspace)
    if trains:
        datasets.check_split(dataset.y_train)
    if name not in datasets.BY_NAME:
        judged = turned.judge(*dataset.examples)
        if turn is None and judged.looks_turned:
            raise InputError(sentences([judged.text, _how_to_turn()]))
        if judged.looks_wrong:
            errors.print(judged.text, soft_wrap=True)
    for text in dataset.told:
        errors.print(text, soft_wrap=True)
    return dataset


def _how_to_turn() -> str:
    return advice(
        app=_("Turn them on the Train page."),
        command_line=_("Add --turn-images to turn them, or --no-turn-images to use them as they are."),
    )


def show(name: str, workspace: Workspace, turn: bool | None, *, trains: bool = False, as_json: bool = False) -> None:
    """Print what a data set has.

    Args:
        turn: as in `checked`, and so is `trains`.

    Raises:
        InputError: it is no data set, or it is too small for a training.
    """
    dataset = datasets.load(name, workspace, turn=bool(turn))
    if trains:
        datasets.check_split(dataset.y_train)
    judged = turned.judge(*dataset.examples)
    found = preview.of(dataset)
    if as_json:
        print_json(
            {
                "dataset": found.name,
                "count": found.count,
                "train": list(found.train),
                "test": list(found.test),
                "undivided": dataset.undivided,
                "converted": list(found.conversions),
                "predicted": judged.as_they_are.share,
                "predicted_turned": judged.turned.share,
                "looks_turned": judged.looks_turned,
                "looks_wrong": judged.looks_wrong,
            }
        )
        return
    _print(found, judged)


def _print(found: preview.Preview, judged: Judged) -> None:
    title = n_("{name}: {n} image", "{name}: {n:,} images", found.count, name=found.name)
    table = Table(_("digit"), _("training"), _("test"), title=title)
    for digit, (train, test) in enumerate(zip(found.train, found.test, strict=True)):
        table.add_row(str(digit), f"{train:,}", f"{test:,}")
    output.print(table)
    for text in (*found.conversions, judged.text, *([_how_to_turn()] if judged.looks_turned else [])):
        output.print(text, soft_wrap=True)
