"""What is stored of a job is a code or a text without a language. Earlier versions' sentences are shown as they are."""

import gettext
import json
import os

import pytest

from mnist_core.common import language
from mnist_core.common.language import Text, _, listed, packed, unpacked
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs.job import CAUSES, OUTCOMES, STATES, Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import PHASES, Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run


class Shouting(gettext.NullTranslations):
    """Translates a text by capitals, its placeholders aside."""

    def gettext(self, message: str) -> str:
        return "".join(part if part.startswith("{") else part.upper() for part in _parts(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid2)


def _parts(text: str) -> list[str]:
    return text.replace("{", "\0{").replace("}", "}\0").split("\0")


@pytest.fixture(autouse=True)
def languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogues of these tests; afterwards, whoever has chosen the language before chooses it again."""
    monkeypatch.setattr(language, "_ask", language.of_the_system)
    monkeypatch.setattr(
        language, "_catalogue", lambda code: Shouting() if code == "zh_CN" else gettext.NullTranslations()
    )


def shouting() -> None:
    language.chosen_by(lambda: "zh_CN")


def started(workspace: Workspace, kind: str = "train") -> Job:
    config = TrainConfig() if kind == "train" else FineTuneConfig()
    job = Jobs(workspace).submit(kind, config, by=Process.of(os.getpid()))
    Jobs(workspace).set_state(job.id, "running")
    return job


def test_a_failure_in_one_language_is_told_in_another(workspace: Workspace) -> None:
    job = started(workspace)
    Jobs(workspace).set_state(job.id, "failed", _("The disk {disk} is full ({why}).", disk="sda", why=_("no space")))
    assert Jobs(workspace).get(job.id).message == "The disk sda is full (no space)."
    shouting()
    assert Jobs(workspace).get(job.id).message == "THE DISK sda IS FULL (NO SPACE)."


@pytest.mark.parametrize("kind", ["train", "fine_tune"])
def test_an_interruption_is_told_from_state_and_kind(kind: str, workspace: Workspace) -> None:
    """Once: its outcome says that it was interrupted, its message what comes next."""
    jobs, job = Jobs(workspace), started(workspace, kind)
    jobs.set_state(job.id, "interrupted")
    ended = jobs.get(job.id)
    assert (ended.cause, ended.message, ended.outcome("X")) == ("", ended.on_resume, "X was interrupted.")
    shouting()
    assert ended.message == ended.on_resume == ended.on_resume.upper()


@pytest.mark.parametrize("old", ["The exported model differs by 10; it was not kept.", "No {such} thing"])
def test_a_failure_s_sentence_of_an_earlier_version_is_shown_as_it_is(old: str, workspace: Workspace) -> None:
    job = started(workspace)
    Jobs(workspace).set_state(job.id, "failed", Text(old))
    assert Jobs(workspace).get(job.id).message == old


def test_a_run_without_a_name_is_called_by_its_kind(workspace: Workspace) -> None:
    """And by the time when it was asked for; a name that a person or a preset gave stays as it is."""
    jobs, job = Jobs(workspace), started(workspace, "fine_tune")
    moment = job.name.removeprefix("finetune, ")
    assert job.title == f"Fine-tuning, {moment}"
    jobs.set_state(job.id, "completed")
    training = started(workspace)
    assert training.title == training.name == f"balanced, {training.name[-16:]}"
    named = jobs.submit("fine_tune", FineTuneConfig(name="finetune"))
    assert named.title == "finetune"
    shouting()
    assert jobs.get(job.id).title == f"FINE-TUNING, {moment}"


def test_a_phase_is_told_in_the_current_language_with_its_figures() -> None:
    progress = Progress(phase="downloading", share=0.25)
    assert progress.phase_text == "Downloading MNIST: 25%"
    shouting()
    assert progress.phase_text == "DOWNLOADING MNIST: 25%"
    assert Progress(phase="loading {old} data").phase_text.lower() == "loading {old} data"


def test_every_code_has_a_text() -> None:
    for name in PHASES:
        assert Progress(phase=name).phase_text[0].isupper()
    assert set(OUTCOMES) < set(STATES)
    assert all(text.endswith(".") for code, text in CAUSES.items() if code)


def test_warnings_are_stored_without_a_language(workspace: Workspace) -> None:
    """In status.json."""
    run = Run.at(workspace, started(workspace).id)
    run.write_progress(Progress(warnings=[_("Layer {layer} is idle.", layer="a"), Text("An older one.")]))
    shouting()
    assert run.progress().warnings == ["LAYER a IS IDLE.", "AN OLDER ONE."]
    assert "LAYER" not in (run.folder / "status.json").read_text()


@pytest.mark.parametrize("text", ["plain", "with {braces}", '{"text": 3}', "{}"])
def test_any_line_is_unpacked(text: str) -> None:
    assert unpacked(packed(Text(text))) == text
    assert "\n" not in packed(listed([text, text]))
    assert unpacked(packed(listed([text, text]))) == f"{text}, {text}"
    assert json.loads(packed(listed([text, text])))
