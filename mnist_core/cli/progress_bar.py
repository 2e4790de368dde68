"""A run's progress in the terminal."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

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
        figures = f"epoch {progress.epoch}/{progress.epochs}" if progress.epochs else ""
        if progress.images_per_s:
            figures += f"  {progress.images_per_s:,.0f} images/s on {progress.device}"
        if progress.accuracies:
            figures += f"  validation {progress.accuracies[-1]:.2%}"
        self._bar.update(
            self._task,
            description=progress.phase_text,
            total=progress.total_steps or None,
            completed=progress.step,
            figures=figures,
        )
