"""A run's progress in the terminal."""

import io

import pytest
from rich.console import Console

from mnist_core.cli.progress_bar import ProgressBar
from mnist_core.jobs.progress import Progress


def shown(*looks: Progress, terminal: bool = True) -> str:
    """All that the bar wrote, whose last look is the last line."""
    written = io.StringIO()
    with ProgressBar(Console(file=written, force_terminal=terminal, color_system=None, width=120)) as bar:
        for look in looks:
            bar.update(look)
    return written.getvalue()


def test_a_training_shows_its_figures() -> None:
    """Phase, epoch, speed and device, and the newest validation accuracy."""
    text = shown(
        Progress(
            phase="training", step=30, total_steps=60, epoch=1, epochs=2,
            images_per_s=12_345.6, device="cpu", accuracies=[0.5, 0.975],
        )
    )  # fmt: skip
    assert "Training" in text
    assert "epoch 1 of 2  12,346 images/s on cpu  validation 97.50%" in text
    assert "50.00%" not in text


def test_before_the_first_step_there_is_a_phase() -> None:
    """No epochs, no speed, no accuracy yet: only what it does."""
    text = shown(Progress(phase="loading"))
    assert "Loading data" in text
    for figure in ("epoch", "images/s", "validation"):
        assert figure not in text


def test_the_newest_look_replaces_the_others() -> None:
    """A figure that is gone is not left on the line."""
    text = shown(Progress(phase="training", epoch=1, epochs=2, total_steps=2, step=1), Progress(phase="testing"))
    assert "Testing" in text
    assert "epoch" not in text.rsplit("Testing", 1)[1]


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, RuntimeError])
def test_the_cursor_comes_back(error: type[BaseException] | None) -> None:
    """The bar hides it; however the run ends, it is shown again."""
    written = io.StringIO()
    bar = ProgressBar(Console(file=written, force_terminal=True))
    if error is None:
        with bar:
            pass
    else:
        with pytest.raises(error), bar:
            raise error
    text = written.getvalue()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_a_file_gets_no_redrawn_line() -> None:
    """Where the output is no terminal, nothing is drawn."""
    assert "Training" in shown(Progress(phase="training"))
    assert shown(Progress(phase="training"), terminal=False).strip() == ""
