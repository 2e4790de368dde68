"""A run's progress in the terminal."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mnist_core.common.language import _
from mnist_core.jobs.progress import Progress as RunProgress


class ProgressBar:
    """Shows phase, step, speed and the newest validation accuracy; one line, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"), TimeRemainingColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task(RunProgress().phase_text, total=None, figures="")

    def __enter__(self) -> "ProgressBar":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def update(self, progress: RunProgress) -> None:
        figures = []
        if progress.epochs:
            figures.append(_("epoch {epoch} of {epochs}", epoch=progress.epoch, epochs=progress.epochs))
        if progress.images_per_s:
            speed = _("{speed:,.0f} images/s on {device}", speed=progress.images_per_s, device=progress.device)
            figures.append(speed)
        if progress.accuracies:
            figures.append(_("validation {accuracy:.2%}", accuracy=progress.accuracies[-1]))
        self._bar.update(
            self._task,
            description=progress.phase_text,
            total=progress.total_steps or None,
            completed=progress.step,
            figures="  ".join(figures),
        )
