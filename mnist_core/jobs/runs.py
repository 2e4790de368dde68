"""The folder of one job: its config, its records, its progress and its command.

The trainer writes everything except the command, and the app writes only the command. So neither waits for the other.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import reason, replacing, storage_errors, write_json
from mnist_core.common.language import N_, Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.evaluation.reports import Report
from mnist_core.jobs.kinds import KINDS, kind_of
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.run_config import RunConfig
from mnist_core.models.card import dataset_title

Command = Literal["run", "pause", "stop", "discard", "dismiss"]
"""What a person has told a run. The trainer obeys the first four; "dismiss" hides how an ended run has ended."""
DATA = {"drawings": N_("drawings"), "nothing": "–", "unreadable": N_("unreadable")}
"""What a run learns from, where that is not a data set: code → text."""
Metrics = dict[str, Any]
"""One line of metrics.jsonl."""
R = TypeVar("R", bound=Report)


def data_text(data: str) -> str:
    """What people call a data set with this name, or the text of a code of `DATA`."""
    return _(DATA[data]) if data in DATA else dataset_title(data)


@dataclass(frozen=True)
class Run:
    """The folder `runs/<id>`."""

    id: str
    folder: Path

    @classmethod
    def create(cls, workspace: Workspace, run_id: str, kind: str, config: Config) -> "Run":
        run = cls.at(workspace, run_id)
        with storage_errors(run.folder):
            run.checkpoints.mkdir(parents=True)
        run._write_config(kind, config)
        return run

    def restart(self, config: Config) -> None:
        """Start over with another config. Another batch size makes the checkpoints useless."""
        self._write_config(self.kind(), config)
        for checkpoint in self.checkpoints.iterdir():
            checkpoint.unlink()

    def _write_config(self, kind: str, config: Config) -> None:
        write_json(self.folder / "config.json", RunConfig(kind=kind, config=config.model_dump()).values())

    @classmethod
    def at(cls, workspace: Workspace, run_id: str) -> "Run":
        return cls(run_id, workspace.runs / run_id)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def can_go_on(self) -> bool:
        """Whether a resumed run continues from a checkpoint or a trial; otherwise it starts again."""
        try:
            resumes = kind_of(self.kind(), self.name).resumes
            left = (
                *self.checkpoints.glob("[0-9]*.npz"),
                *self.members.glob("*/checkpoints/[0-9]*.npz"),
                *self.trials.glob("*/trial.json"),
            )
            return resumes and bool(left)
        except UnreadableError:
            return False

    @property
    def log(self) -> Path:
        return self.folder / "train.log"

    @property
    def drawings(self) -> Path:
        """The drawings that a fine-tuning was given, as they were at that time (JSON lines)."""
        return self.folder / "drawings.jsonl"

    @property
    def learned(self) -> Path:
        """A fine-tuning's drawings, earlier ones included, as its report numbers them (JSON lines)."""
        return self.folder / "learned.jsonl"

    @property
    def clients(self) -> Path:
        """Which drawings each client of a simulation learns and which judge (JSON)."""
        return self.folder / "clients.json"

    @property
    def fine_tuning_set(self) -> Path:
        """The drawings that the run has: the oldest runs have only the given ones."""
        return self.learned if self.learned.exists() else self.drawings

    @property
    def candidate(self) -> Path:
        """The files of a tuned model that waits for Keep or Discard."""
        return self.folder / "candidate"

    @property
    def points(self) -> Path:
        """The models of a compression that wait for Keep or Discard, each in a folder named by its key."""
        return self.folder / "points"

    @property
    def trials(self) -> Path:
        """The trainings of a search, each in a folder named by its number."""
        return self.folder / "trials"

    @property
    def members(self) -> Path:
        """The trainings of an ensemble's members, if they are trained apart, each in a folder named by its number."""
        return self.folder / "members"

    def kind(self) -> str:
        """The name of its kind.

        Raises:
            UnreadableError: config.json is damaged or of a newer version.
        """
        return self._asked().kind

    def config(self) -> Config:
        """What was asked for, as the config class of its kind.

        Raises:
            UnreadableError: it is damaged, or has settings that this version does not know.
        """
        asked = self._asked()
        try:
            return kind_of(asked.kind, self.name).config.checked(**asked.config)
        except InputError as error:
            raise UnreadableError(
                _("{run} has settings that this version does not know: {problem}", run=self.name, problem=error.text)
            ) from None

    @property
    def is_readable(self) -> bool:
        """Whether this version can read its config."""
        try:
            self.config()
        except UnreadableError:
            return False
        return True

    def learns_from(self) -> str:
        """The name of the data set, or "drawings"; empty if the config cannot be read."""
        try:
            return kind_of(self.kind(), self.name).data(self.config())
        except UnreadableError:
            return ""

    def progress(self) -> Progress:
        try:
            return Progress(**self._read("status.json"))
        except (UnreadableError, ValidationError):
            return Progress()  # not started yet, or torn by a power cut

    def write_progress(self, progress: Progress) -> None:
        # Twice a second: not worth waiting for the disk. What a power cut can take is a run's picture in the list.
        write_json(self.folder / "status.json", progress.model_dump(), durable=False)

    def command(self) -> Command:
        """What a person has told the run; "run" by default."""
        try:
            command: Command = self._read("command.json")["command"]
        except (UnreadableError, KeyError):
            return "run"
        return command

    def tell(self, command: Command) -> None:
        write_json(self.folder / "command.json", {"command": command})

    def append(self, *records: Metrics) -> None:
        """Add records to metrics.jsonl, in one write, so that a reader never sees half a line for long."""
        path = self.folder / "metrics.jsonl"
        with storage_errors(path), path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(record) + "\n" for record in records))

    def records(self) -> list[Metrics]:
        """All records; a torn line is skipped."""
        try:
            lines = (self.folder / "metrics.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        records: list[Metrics] = []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("step", 0), int):
                records.append(record)
        return records

    @property
    def has_records(self) -> bool:
        try:
            return (self.folder / "metrics.jsonl").stat().st_size > 0
        except FileNotFoundError:
            return False

    @property
    def has_curve(self) -> bool:
        """Whether it has a curve, or will have one."""
        try:
            return self.has_records or kind_of(self.kind(), self.name).has_curve(self.config())
        except UnreadableError:
            return False

    @property
    def keeps_epoch(self) -> bool:
        """Whether the weights of its best epoch remain."""
        try:
            return kind_of(self.kind(), self.name).keeps_epoch
        except UnreadableError:
            return False

    def rewind(self, step: int) -> None:
        """Drop the records after `step`: a resumed run continues from its checkpoint and writes them again."""
        self.write_records([record for record in self.records() if record.get("step", 0) <= step])

    def write_records(self, records: list[Metrics], *, durable: bool = True) -> None:
        """Have these records take the place of all others."""
        with replacing(self.folder / "metrics.jsonl", durable=durable) as temporary:
            temporary.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")

    def report(self) -> Report | None:
        """The report; None if the run has not ended well.

        Raises:
            UnreadableError: it is damaged, or of another version.
        """
        if not (self.folder / "report.json").exists():
            return None
        kind = kind_of(self.kind(), self.name)
        return kind.report.parse(self._text("report.json"), _("The report of run {run}", run=self.id))

    def report_as(self, kind: type[R]) -> R | None:
        """The report, of this class; None if there is none.

        Raises:
            UnreadableError: as for `report`, or it is of another class.
        """
        found = self.report()
        if found is not None and not isinstance(found, kind):
            wanted = next(each.name for each in KINDS.values() if each.report is kind)
            raise UnreadableError(
                _("{run} has a report of another kind than “{wanted}”.", run=self.name, wanted=wanted)
            )
        return found

    def write_report(self, report: Report) -> None:
        write_json(self.folder / "report.json", report.values())

    @property
    def name(self) -> Text:
        """What messages call it."""
        return _("Run {run}", run=self.id)

    def _asked(self) -> RunConfig:
        return RunConfig.parse(self._text("config.json"), _("config.json of run {run}", run=self.id))

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise UnreadableError(
                _("{run}: {file} cannot be read. {why}", run=self.name, file=name, why=reason(error))
            ) from None
        except UnicodeDecodeError:
            raise self._damaged(name) from None

    def _read(self, name: str) -> dict[str, Any]:
        try:
            values = json.loads(self._text(name))
        except ValueError:
            raise self._damaged(name) from None
        if not isinstance(values, dict):
            raise self._damaged(name)
        return values

    def _damaged(self, name: str) -> UnreadableError:
        return UnreadableError(_("{run}: {file} is damaged.", run=self.name, file=name))
