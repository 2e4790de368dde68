"""What a training and a fine-tuning tell people, in words: the same on the page and at the terminal."""

from typing import Any

import pytest

from mnist_core.cli.results import tell_trained, tell_tuned
from mnist_core.evaluation.interpretation import context, findings
from mnist_core.models.card import Card
from mnist_core.models.registry import Model, shipped
from tests.reports import fine_tune_report


def told(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    tell_tuned(fine_tune_report(**changes), shipped(), "python -m mnist_core models activate before")
    return " ".join(capsys.readouterr().out.split())


def test_a_gain_that_could_be_luck_is_called_so() -> None:
    """Three of three is no proof; thirteen of fourteen is."""
    assert "3 of the 3 drawings" in findings(fine_tune_report())[0]
    assert "could be luck" in findings(fine_tune_report())[0]
    assert "unlikely to be luck" in findings(fine_tune_report(p_value=0.002))[0]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ([], "It reads your drawings no better and no worse"),
        ([(4, 9, 4), (1, 1, 7)], "As many drawings became right as became wrong: 1 of each"),
        (
            [(4, 9, 4), (1, 1, 7), (2, 2, 3)],
            "2 of the 3 drawings whose reading became right or wrong changed for the w",
        ),
        ([(4, 9, 8)], "It reads your drawings no better and no worse"),
    ],
    ids=["nothing", "as many", "worse", "from wrong to wrong"],
)
def test_changes_are_named_by_their_balance(changed: list[tuple[int, int, int]], says: str) -> None:
    """Better, worse, neither, and what stays wrong counts for nothing."""
    rows = [{"label": label, "before": before, "after": after} for label, before, after in changed]
    assert says in findings(fine_tune_report(changed=rows))[0]


def test_forgetting_is_bounded_and_never_called_nothing_where_some_is_possible() -> None:
    """A bound of less than a hundredth of a point is told as that; a bound of zero as nothing."""
    assert "no more than 0.06 points were forgotten (0.12 are allowed)" in findings(fine_tune_report())[1]
    assert "no more than 0.01 points" in findings(fine_tune_report(greatest_drop=0.004))[1]
    assert "on balance nothing was forgotten" in findings(fine_tune_report(greatest_drop=-0.01))[1]


def test_how_far_it_goes_is_told_of_what_is_proposed_only() -> None:
    """A refused way has nothing that speaks for it."""
    assert "lie 40% of the way" in findings(fine_tune_report())[2]
    assert "19 of the 20 drawings that it learned are read right" in findings(fine_tune_report())[2]
    assert len(findings(fine_tune_report(accepted=False))) == 2


def test_what_a_figure_does_not_prove_is_said_before_it() -> None:
    """Learned by heart, learned again, compared with another model, refused."""
    assert context(fine_tune_report()) == [
        "Each was judged by a network that had not learned it, but others of yours (cross-validation)."
    ]
    said = " ".join(
        context(fine_tune_report(accepted=False, known_by_heart=True, earlier=3, compared_with="MNIST Studio"))
    )
    assert "it, too, was refused" in said
    assert "proves nothing" in said
    assert "3 drawings that mine had learned before were learned again" in said
    assert "“Before” is MNIST Studio" in said


def test_a_tuning_s_end_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Before, after, what is loaded, and the way back."""
    text = told(capsys)
    assert "75.0% (15)" in text
    assert "90.0% (18)" in text
    assert "99.59%" in text
    assert "MNIST Studio is loaded now. To go back: python -m mnist_core models activate before" in text


def test_a_refusal_comes_first_and_offers_no_way_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing has changed, and why."""
    text = told(capsys, accepted=False, reason="Not proposed: it might forget.", mnist_before=None, mnist_after=None)
    assert text.startswith("Not proposed: it might forget.")
    assert "not at hand" in text
    assert "how well it is read now is not known" in text
    assert text.endswith("MNIST Studio stays loaded.")


def test_slips_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Left out, and how to learn them; of very many none was left out."""
    slip = {"index": 0, "label": 4, "digit": 9}
    assert "1 drawing was left out" in told(capsys, label_issues=[slip], learned=19)
    assert "--label-issues include" in told(capsys, label_issues=[slip] * 2, learned=18)
    many = told(capsys, label_issues=[slip] * 12)
    assert "The labels of 12 of 20 drawings look wrong" in many
    assert "--label-issues include" not in many


def test_a_training_s_end_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures with their units and interval, warnings, which model is loaded, and how to load the new one."""
    card = Card(
        name="mine", kind="trained", architecture="fast", parameters=1, created="now", data={"tested_on": 10_000}
    )
    report = {
        "test_accuracy": 0.9942, "validation_accuracy": 0.993, "epochs": 5.0, "best_epoch": 4.0, "stopped": True,
        "fit_seconds": 14.82, "total_seconds": 16.3, "device": "cpu", "warnings": ["Gradients vanish."],
    }  # fmt: skip
    tell_trained(
        report, Model("id", "mine", "", card, shipped().folder), shipped(), "python -m mnist_core models load id"
    )
    said = capsys.readouterr()
    text = " ".join(said.out.split())
    assert "99.42% of 10,000 read right (95 %: 99.25% to 99.55%)" in text
    assert "5, stopped before the end; kept is number 4" in text
    assert "14.8 s of training, 16.3 s in all" in text
    assert "mine is in the registry; MNIST Studio is loaded. To load the new one: python -m mnist_core models" in text
    assert "warning: Gradients vanish." in said.err
