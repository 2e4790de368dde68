"""A model → files for other programs, each opened in its own runtime and compared with the model."""

import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from mnist_core.common import log, processes
from mnist_core.common.errors import StudioError
from mnist_core.common.files import remove, scratch_folder
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import ExportConfig
from mnist_core.data import datasets, outliers, synthetic
from mnist_core.engine.context import RunContext
from mnist_core.engine.export.int8 import CALIBRATED, calibration_images
from mnist_core.evaluation.outputs import Outputs
from mnist_core.evaluation.reports import ExportedFile, ExportReport, NotExported, Tried
from mnist_core.jobs import exported
from mnist_core.models.export_formats import ExportFormat, file_name, formats_of, size_of
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry

TRIED = 1000
"""Images on which a file is compared with its model."""
NON_DIGITS = 250
"""Non-digits on which a file is compared with its model."""
TIMEOUT_S = 300
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Samples:
    """The images that a machine has for calibration and comparison: MNIST's, or else synthetic digits."""

    workspace: Workspace

    @cached_property
    def source(self) -> Tried:
        return "mnist" if datasets.find_mnist(self.workspace) else "synthetic"

    @cached_property
    def for_calibration(self) -> Images:
        """Images like those that networks learn from: digits, and outliers."""
        return calibration_images(self._learned)

    @cached_property
    def non_digits(self) -> Images:
        """Other outliers."""
        return outliers.generate(NON_DIGITS, seed=2)

    @cached_property
    def for_comparison(self) -> tuple[Images, npt.NDArray[np.uint8]]:
        """Images that no network has learned, and their labels."""
        if self.source == "synthetic":
            return synthetic.generate(TRIED, seed=2)
        mnist = datasets.mnist(self.workspace)
        chosen = np.random.default_rng(0).permutation(len(mnist.y_test))[:TRIED]
        return mnist.x_test[chosen], mnist.y_test[chosen]

    @property
    def _learned(self) -> Images:
        if self.source == "synthetic":
            return synthetic.generate(CALIBRATED, seed=1)[0]
        return datasets.mnist(self.workspace).x_train


def make(model: Model, wanted: ExportFormat, target: Path, samples: Samples) -> ExportedFile:
    """Write a model in one format, and try the file.

    Raises:
        InputError: this model cannot have the format.
        UnreadableError: the model's file is damaged.
        StudioError: the file cannot be made, cannot be run, or predicts other digits than the model.
    """
    try:
        if wanted.write is not None:
            wanted.write(model, target)
        else:
            wanted.load()(model, target, samples.for_calibration if wanted.int8 else None)
        return compare(model, wanted, target, samples)
    except StudioError:
        remove(target)
        raise


def compare(model: Model, wanted: ExportFormat, path: Path, samples: Samples) -> ExportedFile:
    """Open a file in its own runtime, in a process of its own, and compare its predictions with the model's.

    Raises:
        StudioError: it cannot be run, or it predicts other digits than the model.
    """
    (images, labels), threshold = samples.for_comparison, model.card.digit_threshold
    both = np.concatenate([images, samples.non_digits])
    outputs, seconds, runtime = _outputs(wanted.runtime, path, both)
    original = Predictor.of(model, threads=0).outputs(both)
    count = len(images)
    digits, expected = (each.logits[:count].argmax(axis=1) for each in (outputs, original))
    refused, expected_refused = (each.digit_scores[count:] < (threshold or -np.inf) for each in (outputs, original))
    agreement = float((digits == expected).mean())
    _check(
        path,
        _("{share:.1%} of {count:,} digits", share=agreement, count=count),
        agreement,
        wanted.least_agreement(model),
    )
    refusals = float((refused == expected_refused).mean())
    said = _("{share:.1%} of {count:,} non-digits", share=refusals, count=len(refused))
    _check(path, said, refusals, wanted.least_refusals(model))
    return ExportedFile(
        format=wanted.key,
        file=path.name,
        bytes=size_of(path),
        runtime=runtime,
        difference=float(np.abs(_probabilities(outputs)[:count] - _probabilities(original)[:count]).max()),
        agreement=agreement,
        accuracy=float((digits == labels).mean()),
        model_accuracy=float((expected == labels).mean()),
        refused=None if threshold is None else float(refused.mean()),
        model_refused=None if threshold is None else float(expected_refused.mean()),
        milliseconds=None if np.isnan(seconds) else round(1000 * seconds, 4),
        images=samples.source,
        count=count,
    )


def _check(path: Path, found: Text, share: float, required: float) -> None:
    """Raises:
    StudioError: the file decides too few images as the model does.
    """
    if share >= required:
        return
    raise StudioError(
        _(
            "The file {file} agrees with the model for only {found} (required: {required:.1%}), so it was not kept.",
            file=path.name, found=found, required=required,
        )
    )  # fmt: skip


def _probabilities(outputs: Outputs) -> npt.NDArray[np.float32]:
    found: npt.NDArray[np.float32] = softmax(outputs.logits, axis=1)
    return found


def _outputs(runtime: str, path: Path, images: Images) -> tuple[Outputs, float, str]:
    """The outputs, the seconds for an image, and the runtime with its version."""
    with scratch_folder() as folder:
        np.save(folder / "images.npy", images)
        try:
            done = subprocess.run(
                processes.command("try-file", runtime, str(path.absolute()), str(folder)),
                env=processes.environment(CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow", **ONE_CORE),
                capture_output=True, encoding="utf-8", errors="replace", timeout=TIMEOUT_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            seconds = TIMEOUT_S
            raise StudioError(_("{file} was not tried within {seconds} s.", file=path.name, seconds=seconds)) from None
        if done.returncode:
            log.logger.warning("%s could not be tried: %s", path.name, done.stderr)
            reason = processes.failure(done.stdout) or (done.stderr.strip().splitlines() or [""])[-1]
            raise StudioError(_("{file} could not be tried. {reason}", file=path.name, reason=reason))
        with np.load(folder / "tried.npz") as found:
            outputs = Outputs(found["logits"], found.get("scores"))
            return outputs, float(found["seconds"]), str(found["runtime"])


def export_files(context: RunContext[ExportConfig]) -> ExportReport:
    """Make and try every format that the model can have, in the run's folder."""
    started = time.monotonic()
    model = Registry(context.workspace).of_config(context.config.model)
    samples, folder = Samples(context.workspace), exported.folder_of(context.run)
    folder.mkdir(exist_ok=True)
    files, failed = [], []
    formats = [each for each in formats_of(model) if each.runtime]
    for number, wanted in enumerate(formats):
        context.tell("exporting_files", step=number, total_steps=len(formats))
        try:
            files.append(make(model, wanted, folder / file_name(model, wanted), samples))
        except StudioError as error:
            failed.append(NotExported(format=wanted.key, reason=error.text))
    return ExportReport(
        total_seconds=round(time.monotonic() - started, 3), exported=model.id, files=tuple(files), failed=tuple(failed)
    )
