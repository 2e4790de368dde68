"""A model on the digits and letters that several institutions collected, and on the program's own scribbles."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from mnist_core.benchmarks import processes
from mnist_core.benchmarks.institutions import Record
from mnist_core.collection.drawing import images
from mnist_core.common.errors import InputError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.data import outliers
from mnist_core.drawing.strokes import Gray
from mnist_core.models.model import Model
from mnist_core.models.predictor import Prediction, Predictor, Verdict
from mnist_core.models.registry import Registry

REFUSED_DIGITS = 0.01
"""The share of these digits below the threshold that the letters are judged by."""
OF_EACH_KIND = 20
"""Scribbles."""
SEED = 1_000
"""Of the scribbles; trainings draw theirs from other seeds."""


class Institution(BaseModel):
    """Counts of the digits that an institution collected."""

    name: str
    digits: int
    right: int
    zeros: int
    """Those of two or more strokes, such as the slashed zero."""
    zeros_right: int


class Verdicts(BaseModel):
    """How often a model gives each verdict, 0 to 1."""

    sure: float
    not_sure: float
    not_a_digit: float


class Hands(BaseModel):
    """What one model predicts."""

    name: str
    """The model, or the institution that its training left out."""
    institutions: list[Institution]
    refused: float
    """The share of the clear characters below the threshold that refuses `REFUSED_DIGITS` of the digits."""
    auroc: float
    """Of the digits' scores against those of the clear characters."""
    of_digits: Verdicts
    of_characters: Verdicts
    """Of the clear ones."""
    scribbles: dict[str, float]
    """Kind → how often the verdict is "not a digit"."""
    learned: str = ""
    """The file of drawings that the model has learned, if any: figures on that file say little about other people."""


def measure_model(model: Model, own: Sequence[Record], others: Sequence[Record]) -> Hands:
    """Like `measure`, for a registered model."""
    data = model.card.training_data
    measured = measure(model.name, Predictor.of(model, threads=0), own, others)
    return measured.model_copy(update={"learned": data.drawings if data else ""})


def measure(name: str, predictor: Predictor, own: Sequence[Record], others: Sequence[Record]) -> Hands:
    """Predict digits (`own`), clear characters (`others`) and scribbles.

    A model sees images, not strokes, so digits beside each other are "not a digit".
    """
    from sklearn.metrics import roc_auc_score

    of_digits, of_characters = (
        predictor.predict_all(images([each.drawing for each in part])) for part in (own, others)
    )
    scores, strange = (np.array([each.score for each in part]) for part in (of_digits, of_characters))
    names = sorted({each.institution for each in own})
    return Hands(
        name=name,
        institutions=[_institution(each, own, of_digits) for each in names],
        refused=float((strange < np.quantile(scores, REFUSED_DIGITS)).mean()),
        auroc=float(roc_auc_score(np.repeat([1, 0], [len(own), len(others)]), np.concatenate([scores, strange]))),
        of_digits=_verdicts(of_digits),
        of_characters=_verdicts(of_characters),
        scribbles={kind: _share(predictor.predict_all(drawn), "not a digit") for kind, drawn in _scribbles().items()},
    )


@cache
def _scribbles() -> dict[str, Gray]:
    return {kind: outliers.generate(OF_EACH_KIND, seed=SEED, kinds=(kind,)) for kind in outliers.KINDS}


def _institution(name: str, records: Sequence[Record], predictions: Sequence[Prediction]) -> Institution:
    found = [(each.drawing, one) for each, one in zip(records, predictions, strict=True) if each.institution == name]
    right = [drawing.label == one.digit for drawing, one in found]
    zeros = [drawing.label == 0 and len(drawing.strokes or ()) > 1 for drawing, _ in found]
    return Institution(
        name=name,
        digits=len(found),
        right=sum(right),
        zeros=sum(zeros),
        zeros_right=sum(is_zero and is_right for is_zero, is_right in zip(zeros, right, strict=True)),
    )


def _verdicts(predictions: Sequence[Prediction]) -> Verdicts:
    return Verdicts(
        sure=_share(predictions, "sure"),
        not_sure=_share(predictions, "not sure"),
        not_a_digit=_share(predictions, "not a digit"),
    )


def _share(predictions: Sequence[Prediction], verdict: Verdict) -> float:
    return sum(each.verdict == verdict for each in predictions) / len(predictions)


def leave_one_out(
    flags: Sequence[str], own: Sequence[Record], others: Sequence[Record], mnist: Path, tell: Callable[[str], None]
) -> Iterator[Hands]:
    """For each institution, train on the drawings of all others, and measure the model on its own.

    Args:
        flags: those of `train`.
        own: digits.
        others: clear characters.
        mnist: MNIST as an .npz.

    Raises:
        InputError: fewer than two institutions collected both.
    """
    names = sorted({each.institution for each in own} & {each.institution for each in others})
    if len(names) < 2:
        raise InputError(
            _("--leave-one-out needs digits and letters of two or more institutions, not of {n}.", n=len(names))
        )
    for name in names:
        tell(_("Without {institution} …", institution=name))
        kept, unseen = (
            [[each for each in part if (each.institution == name) == left_out] for part in (own, others)]
            for left_out in (False, True)
        )
        with scratch_folder() as folder:
            files = [folder / "digits.jsonl.gz", folder / "characters.jsonl.gz"]
            for path, records in zip(files, kept, strict=True):
                with gzip.open(path, "wb") as file:
                    file.writelines(each.line for each in records)
            given = [*flags, "--drawings", str(files[0]), "--outlier-drawings", str(files[1])]
            report = processes.train_in(folder / "workspace", given, seed=0, mnist=mnist)[0]
            model = Registry(Workspace.open(folder / "workspace")).get(report["model_id"])
            yield measure(name, Predictor.of(model, threads=0), *unseen)
