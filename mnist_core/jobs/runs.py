"""One training's folder: what was asked, what was measured, how far it is, what it was told.

The trainer writes all of it but the command; the app writes only the command. So neither waits for the other.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace, replacing, write_json
from mnist_core.config.schema import Config, FineTuneConfig, TrainConfig

Kind = Literal["train", "fine_tune", "lr_find"]
Command = Literal["run", "pause", "stop", "discard"]
Record = dict[str, Any]

CONFIGS: dict[Kind, type[Config]] = {"train": TrainConfig, "fine_tune": FineTuneConfig, "lr_find": TrainConfig}


class Progress(BaseModel):
    """How far a run is: status.json. Times are durations in seconds, from a monotonic clock."""

    model_config = ConfigDict(extra="ignore")

    phase: str = ""
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    elapsed_s: float = 0.0
    eta_s: float | None = None
    images_per_s: float | None = None
    device: str = ""
    gpu: dict[str, float] = {}
    accuracies: list[float] = []
    """Validation accuracy after each epoch: the sparkline in the list of runs."""
    warnings: list[str] = []
    """What the loop noticed (NaN, vanishing gradients, …), each with what to try."""


@dataclass(frozen=True)
class Run:
    """The folder `runs/<id>`."""

    id: str
    folder: Path

    @classmethod
    def create(cls, workspace: Workspace, run_id: str, kind: Kind, config: Config) -> "Run":
        run = cls.at(workspace, run_id)
        run.checkpoints.mkdir(parents=True)
        run._write_config(kind, config)
        return run

    def restart(self, config: Config) -> None:
        """Begin anew with another config: another batch size makes the checkpoints meaningless."""
        self._write_config(self.kind(), config)
        for checkpoint in self.checkpoints.iterdir():
            checkpoint.unlink()

    def _write_config(self, kind: Kind, config: Config) -> None:
        write_json(self.folder / "config.json", {"kind": kind, "config": config.model_dump()})

    @classmethod
    def at(cls, workspace: Workspace, run_id: str) -> "Run":
        return cls(run_id, workspace.runs / run_id)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def can_go_on(self) -> bool:
        """Whether a resumed run goes on from a checkpoint; a fine-tuning, several trainings, starts again."""
        return self.kind() == "train" and any(self.checkpoints.glob("[0-9]*.npz"))

    @property
    def log(self) -> Path:
        return self.folder / "train.log"

    @property
    def drawings(self) -> Path:
        """The drawings that a fine-tuning was given, as they were when it was asked for (JSON lines)."""
        return self.folder / "drawings.jsonl"

    @property
    def learned(self) -> Path:
        """A fine-tuning's drawings, earlier ones included, as its report numbers them (JSON lines)."""
        return self.folder / "learned.jsonl"

    @property
    def candidate(self) -> Path:
        """The files of a tuned model that waits for Keep or Discard."""
        return self.folder / "candidate"

    def kind(self) -> Kind:
        kind: Kind = self._read("config.json")["kind"]
        return kind

    def config(self) -> Config:
        """The TrainConfig or FineTuneConfig that was asked for."""
        stored = self._read("config.json")
        return CONFIGS[stored["kind"]].checked(**stored["config"])

    def learns_from(self) -> str:
        """The data set's name, "drawings", or nothing where the config can no longer be read."""
        try:
            return str(self._read("config.json")["config"].get("dataset", "drawings"))
        except StudioError:
            return ""

    def progress(self) -> Progress:
        try:
            return Progress(**self._read("status.json"))
        except StudioError:
            return Progress()  # not started yet

    def write_progress(self, progress: Progress) -> None:
        # Twice a second: not worth waiting for the disk. What a power cut can take is a run's picture in the list.
        write_json(self.folder / "status.json", progress.model_dump(), durable=False)

    def command(self) -> Command:
        """What the user wants of the trainer; "run" unless said otherwise."""
        try:
            command: Command = self._read("command.json")["command"]
        except StudioError:
            return "run"
        return command

    def tell(self, command: Command) -> None:
        write_json(self.folder / "command.json", {"command": command})

    def append(self, *records: Record) -> None:
        """Add records to metrics.jsonl, in one write, so that a reader never sees half a line for long."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(record) + "\n" for record in records))

    def records(self) -> list[Record]:
        """All records; a torn last line is skipped."""
        try:
            lines = (self.folder / "metrics.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        records = []
        for line in lines:
            try:
                records.append(json.loads(line))
            except ValueError:
                continue
        return records

    @property
    def has_records(self) -> bool:
        try:
            return (self.folder / "metrics.jsonl").stat().st_size > 0
        except FileNotFoundError:
            return False

    def rewind(self, step: int) -> None:
        """Forget the records after `step`: a resumed run goes on from its checkpoint and writes them again."""
        kept = [record for record in self.records() if record["step"] <= step]
        with replacing(self.folder / "metrics.jsonl") as temporary:
            temporary.write_text("".join(json.dumps(record) + "\n" for record in kept), encoding="utf-8")

    def report(self) -> dict[str, Any] | None:
        """What came out, once the run has ended well."""
        try:
            report: dict[str, Any] = self._read("report.json")
        except StudioError:
            return None
        return report

    def write_report(self, report: dict[str, Any]) -> None:
        write_json(self.folder / "report.json", report)

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:
            raise StudioError(f"Run {self.id} has no readable {name}: {error}.") from None
