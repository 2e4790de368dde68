"""A training's and a fine-tuning's results in words: the same on the page and at the terminal."""

from typing import Any

import pytest

from mnist_core.cli.results import tell_trained, tell_tuned
from mnist_core.evaluation.interpretation import context, findings, headline
from mnist_core.evaluation.reports import TrainReport
from mnist_core.models.card import Card, TrainingData
from mnist_core.models.model import Model
from mnist_core.models.registry import shipped
from tests.reports import fine_tune_report


def told(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    report = fine_tune_report(**changes)
    kept = shipped() if report.accepted else None
    tell_tuned(report, shipped(), "mnist-studio models activate before", kept)
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"held_out_became_wrong": 12, "held_out_became_right": 1},
            "It predicts 18 of your 20 drawings correctly instead of 15. Of 10,000 other digits, 11 more are wrong, "
            "within the limit.",
        ),
        (
            {"held_out_became_wrong": 1, "held_out_became_right": 4, "drawings_right_after": 15},
            "It predicts 15 of your 20 drawings correctly, as before. Of 10,000 other digits, 3 fewer are wrong.",
        ),
        (
            {"held_out_became_wrong": 4, "drawings_right_after": 14},
            "It predicts 14 of your 20 drawings correctly instead of 15. Of 10,000 other digits, as many are wrong as "
            "before.",
        ),
    ],
    ids=["gained", "as before", "lost"],
)
def test_the_result_comes_first(changes: dict[str, int], says: str) -> None:
    """Two numbers that a person can count."""
    assert headline(fine_tune_report(**changes)) == says


def test_a_gain_that_could_be_chance_is_called_so() -> None:
    """Three of three is no proof; thirteen of fourteen is."""
    assert "3 predictions became correct and 0 became wrong" in findings(fine_tune_report())[0]
    assert "could be chance" in findings(fine_tune_report())[0]
    assert "unlikely to be chance" in findings(fine_tune_report(p_value=0.002))[0]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ([], "The number of correct predictions is unchanged: 15 of 20."),
        ([(4, 9, 4), (1, 1, 7)], "1 prediction became correct and 1 became wrong."),
        (
            [(4, 9, 4), (1, 1, 7), (2, 2, 3)],
            "1 prediction became correct and 2 became wrong.",
        ),
        ([(4, 9, 8)], "The number of correct predictions is unchanged: 15 of 20."),
    ],
    ids=["nothing", "as many", "worse", "from wrong to wrong"],
)
def test_changes_are_named_by_their_balance(changed: list[tuple[int, int, int]], says: str) -> None:
    """Better, worse, neither, and what stays wrong counts for nothing."""
    rows = [{"drawing": 0, "label": label, "before": before, "after": after} for label, before, after in changed]
    assert says in findings(fine_tune_report(changed=rows))[0]


def test_changed_held_out_images_are_counted() -> None:
    """By the root's predictions and by the data that was replayed."""
    said = findings(fine_tune_report(held_out_became_wrong=16, held_out_became_right=1))[1]
    assert said.startswith(
        "Acceptance test, on 10,000 held-out training images of MNIST: the new model misclassifies 16 that MNIST "
        "Studio classified correctly, and correctly classifies 1 that MNIST Studio misclassified."
    )
    assert "held-out synthetic digits" in findings(fine_tune_report(replayed="synthetic"))[1]


def test_forgetting_is_bounded_and_never_called_nothing_where_some_is_possible() -> None:
    """A bound of less than a hundredth of a point is told as that; a bound of zero as nothing.

    The bound is of other images than the figures of the test set.
    """
    other = "The accuracy above is measured on other images, those of MNIST's test set, so it can differ."
    assert other in findings(fine_tune_report())[1]
    assert other not in findings(fine_tune_report(mnist_after=None))[1]
    assert "dropped by at most 0.06 points (limit: 0.12)" in findings(fine_tune_report())[1]
    assert "at most 0.01 points" in findings(fine_tune_report(greatest_drop=0.004))[1]
    assert "These images show no forgetting." in findings(fine_tune_report(greatest_drop=-0.01))[1]


def test_alpha_is_told_of_an_accepted_model_only() -> None:
    """No evidence supports the alpha of a rejected one."""
    assert "alpha is 0.4" in findings(fine_tune_report())[2]
    assert "Learned drawings that are now predicted correctly: 19 of 20." in findings(fine_tune_report())[2]
    assert len(findings(fine_tune_report(accepted=False))) == 2


def test_what_a_figure_does_not_prove_is_said_before_it() -> None:
    """The base has learned every judged drawing, the set includes earlier ones, another model is "before", rejected."""
    assert context(fine_tune_report()) == [
        "Cross-validation: each drawing was judged by a network that had learned other drawings, but not this one.",
        "“Before” is mine, “after” is the new model.",
    ]
    said = " ".join(
        context(fine_tune_report(accepted=False, known_by_heart=True, earlier=3, compared_with="MNIST Studio"))
    )
    assert "The acceptance test rejected that one as well" in said
    assert "mine has already learned every judged drawing, so these figures prove nothing" in said
    assert "includes 3 drawings that mine had already learned" in said
    assert "“Before” is MNIST Studio" in said


def test_a_tuning_s_end_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Before, after, the active model, and how to go back."""
    text = told(capsys)
    assert "75.0% (15)" in text
    assert "90.0% (18)" in text
    assert "99.59%" in text
    assert "MNIST Studio is the active model now. To go back: mnist-studio models activate before" in text


def test_a_rejection_comes_first_and_names_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing has changed, and why."""
    text = told(capsys, accepted=False, reason="Not accepted: it might forget.", mnist_before=None, mnist_after=None)
    assert text.startswith("Not accepted: it might forget.")
    assert "unknown" in text
    assert "the accuracy on it is unknown" in text
    assert text.endswith("MNIST Studio stays the active model.")


def test_label_issues_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Left out, and how to include them; of very many none was left out."""
    issue = {"index": 0, "label": 4, "digit": 9}
    assert "1 drawing was excluded" in told(capsys, label_issues=[issue], learned=19)
    assert "--label-issues include" in told(capsys, label_issues=[issue] * 2, learned=18)
    many = told(capsys, label_issues=[issue] * 12)
    assert "12 of 20 drawings have label issues" in many
    assert "--label-issues include" not in many


def test_a_training_s_end_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures with units and interval, warnings, the active model, and how to activate the new one."""
    data = TrainingData(name="mnist", trained_on=54_000, synthetic=0, validated_on=6_000, tested_on=10_000)
    card = Card(name="mine", kind="trained", architecture="fast", parameters=1, created="", training_data=data)
    report = TrainReport(
        model="mine", model_id="id", test_accuracy=0.9942, validation_accuracy=0.993, onnx_difference=0.0,
        epochs=5, best_epoch=4, stopped=True, fit_seconds=14.82, total_seconds=16.3, device="cpu",
        warnings=["Gradients vanish."], seed=0,
    )  # fmt: skip
    activate = "mnist-studio models activate id"
    tell_trained(report, Model("id", "mine", "", card, shipped().folder), shipped(), activate)
    said = capsys.readouterr()
    text = " ".join(said.out.split())
    assert "99.42% of 10,000 correct (95% interval: 99.25% to" in text
    assert "99.55%)" in text
    assert "5, stopped early (epoch 4 was kept)" in text
    assert "14.8 s of training, 16.3 s in total" in text
    assert f"MNIST Studio stays the active model. To activate the new one: {activate}" in text
    assert "warning: Gradients vanish." in said.err
