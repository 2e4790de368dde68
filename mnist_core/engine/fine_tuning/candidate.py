"""A fine-tuned network → the tested candidate in its run's folder."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mnist_core.common.clock import now
from mnist_core.common.language import Text
from mnist_core.engine.export import rewriting
from mnist_core.engine.export.onnx import export
from mnist_core.engine.fine_tuning.fine_tuner import FineTuner, Indices
from mnist_core.engine.fine_tuning.outcome import MnistTest, Outcome
from mnist_core.engine.fine_tuning.replay_buffer import Images, ReplayBuffer
from mnist_core.evaluation.calibration import digit_threshold
from mnist_core.evaluation.outputs import Outputs
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs import candidates
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card, Figures, FineTuningData
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor

AGREED_ON = 256
"""The number of images on which the exported model is compared with Keras."""


def write_candidate(
    run: Run, tuner: FineTuner, outcome: Outcome, drawings: Images, like: rewriting.Exported
) -> tuple[MnistTest, tuple[Text, ...]]:
    """Export, test once on MNIST's test set if it is there, and leave the candidate if it was accepted.

    Args:
        tuner: it has the weights of the candidate.
        drawings: (N, 28, 28); the model must recognise them as digits.
        like: the network that was tuned.

    Returns:
        The test, and warnings about the candidate.
    """
    run.candidate.mkdir(exist_ok=True)
    network, held_out = tuner.with_test_time_views(), outcome.replay.x_held_out
    with ThreadPoolExecutor(1) as pool:
        exporting = pool.submit(export, network, run.candidate, held_out[:AGREED_ON], like)

        def outputs(indices: Indices, images: Images) -> Outputs:
            return tuner.learner.outputs(indices) if tuner.is_whole else exporting.result().outputs(images)

        test = _test(lambda images: outputs(tuner.test, images), outcome.comparison.compared_with, outcome.replay)
        count = 10 * AGREED_ON
        digits = np.concatenate([tuner.held_out[:count], np.arange(len(drawings))])
        found = outputs(digits, np.concatenate([held_out[:count], drawings]))
        exported = exporting.result()
    if outcome.acceptance.accepted:
        threshold = _threshold(digit_threshold(found), outcome)
        card = _card(run, outcome, network.count_params(), threshold, test, exported.difference)
        candidates.write(run, card, _learned(outcome))
        return test, (exported.warning,) if exported.warning else ()
    candidates.discard(run)
    return test, ()


def _threshold(measured: float, outcome: Outcome) -> float:
    """The initial model's threshold if it is lower than the one that was measured on old digits and these drawings.

    The initial model may know hands that differ more. This holds only if outliers are replayed, which keeps the scores
    where they were.
    """
    initial = outcome.tuning_set.initial.card.digit_threshold
    return min(measured, initial) if outcome.replay.outliers and initial is not None else measured


def _test(tuned: Callable[[Images], Outputs], compared_with: Model, replay: ReplayBuffer) -> MnistTest:
    """The same model is "before" for the drawings and for MNIST."""
    if replay.x_test is None or replay.y_test is None:
        return MnistTest()
    before = compared_with.card.mnist_test_accuracy
    if before is None:
        before = Predictor.of(compared_with, threads=0).accuracy(replay.x_test, replay.y_test).share
    return MnistTest(before, Predictions(tuned(replay.x_test).logits, replay.y_test).accuracy)


def _learned(outcome: Outcome) -> Learned:
    everything = {drawing.sha256 for drawing in outcome.tuning_set.drawings}
    learned = frozenset(outcome.tuning_set.drawings[n].sha256 for n in outcome.learned)
    return Learned(learned=learned, left_out=frozenset(everything - learned))


def _card(
    run: Run, outcome: Outcome, parameters: int, threshold: float, test: MnistTest, onnx_difference: float | None
) -> Card:
    base, initial, learned = outcome.base, outcome.tuning_set.initial, _learned(outcome)
    count = len(outcome.learned)
    return Card(
        name=outcome.config.name or f"{base.name.split(' + ')[0]} + {count} drawings",
        kind="fine-tuned",
        architecture=initial.card.architecture,
        parameters=parameters,
        created=now(),
        config=outcome.config,
        fine_tuning_data=FineTuningData(learned=count, left_out=len(learned.left_out), replayed=outcome.replay.name),
        figures=Figures(
            test_accuracy=test.after,
            onnx_difference=onnx_difference,
            fit_seconds=outcome.fit_seconds,
            drawings_before=outcome.comparison.before.accuracy,
            drawings_after=outcome.comparison.after.accuracy,
            alpha=outcome.acceptance.alpha,
            greatest_drop=100 * outcome.acceptance.old.greatest_drop,
        ),
        sources=initial.card.sources,
        digit_score=initial.card.digit_score,
        digit_threshold=threshold,
        base=base.id,
        initial_weights=initial.id,
        run=run.id,
    )
