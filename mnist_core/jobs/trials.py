"""The trials of a search. Each is a training in a folder of its own below the search's run."""

import re
from collections.abc import Iterator

from mnist_core.common.errors import UnreadableError
from mnist_core.common.files import write_json
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.evaluation.search import Trial, TrialRecord
from mnist_core.jobs.runs import Run

RECORD = "trial.json"


def run_of(workspace: Workspace, search: Run, number: int) -> Run:
    """The training of a trial, with its config, its curve and its checkpoints."""
    return Run.at(workspace, f"{search.id}/{search.trials.name}/{number:04d}")


def read(search: Run) -> list[Trial]:
    """All trials that can be read, in the order of their numbers."""
    return sorted(_records(search), key=lambda trial: trial.number)


def write(search: Run, trial: Trial) -> None:
    """Keep what is known about a trial."""
    folder = search.trials / f"{trial.number:04d}"
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RECORD, TrialRecord(trial=trial).values())


def next_number(search: Run) -> int:
    """One more than the greatest number of a folder, whether its record can be read or not."""
    folders = [path.parent.name for path in search.trials.glob(f"*/{RECORD}")]
    return 1 + max((int(name) for name in folders if re.fullmatch(r"\d+", name)), default=0)


def _records(search: Run) -> Iterator[Trial]:
    for path in search.trials.glob(f"*/{RECORD}"):
        try:
            record = TrialRecord.parse(path.read_bytes(), _("Trial {number}", number=path.parent.name))
        except (UnreadableError, FileNotFoundError):  # the search goes on without it
            continue
        yield record.trial
