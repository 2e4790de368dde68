"""A run or a model that cannot be read: it is shown as such, can be deleted, and breaks no page and no command."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from mnist_core.cli.app import app as command_line
from mnist_core.common.database import transaction
from mnist_core.common.errors import UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import candidates
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runner import JobRunner
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import SHIPPED, Registry, shipped
from tests.conftest import ROOT

LATE = {
    "draw": ("progress", "collected"),
    "fine_tune": ("expander", "Import and export"),
    "train": ("button", "Find a learning rate"),
    "runs": ("caption", "Select one run to open it"),
    "evaluate": ("selectbox", "Predicted"),
    "monitor": ("expander", "What is stored"),
    "settings": ("button", "Save"),
    "help": ("markdown", "explains the commands"),
    "compress": ("info", "No compression yet"),
    "models": ("expander", "Import a model"),
}
"""Page → one of its last elements: its type, and what it says. It is there if nothing has cut the page off."""


def _newest(workspace: Workspace, kind: str) -> Run:
    return Run.at(workspace, Jobs(workspace).page(limit=1, kinds=(kind,))[0].id)


def _rewrite(file: str, text: str) -> Callable[[Run], None]:
    return lambda run: (run.folder / file).write_text(text, encoding="utf-8") and None


def _edit(file: str, **changes: object) -> Callable[[Run], None]:
    def edit(run: Run) -> None:
        path = run.folder / file
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")

    return edit


def _vanish(run: Run) -> None:
    for path in sorted(run.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    run.folder.rmdir()


RUN_DAMAGE = {
    "torn config": _rewrite("config.json", '{"kind": "tr'),
    "list as config": _rewrite("config.json", "[]"),
    "setting of another version": _edit("config.json", config={"warp": 9}),
    "kind of another version": _edit("config.json", kind="dance", format=2),
    "newer format": _edit("config.json", format=99),
    "torn report": _rewrite("report.json", "{"),
    "report without fields": _rewrite("report.json", "{}"),
    "list as report": _rewrite("report.json", "[1]"),
    "no folder": _vanish,
}

CARD_DAMAGE = {
    "torn": lambda card: card[:50],
    "list": lambda card: "[]",
    "newer format": lambda card: json.dumps({**json.loads(card), "format": 99}),
    "unknown field": lambda card: json.dumps({**json.loads(card), "warp": 9}),
    "missing field": lambda card: json.dumps({"format": 2, "name": "x"}),
}


def _first_fast(kinds: Iterable[str]) -> list[Any]:
    """The kinds of damage as parameters. All pages are opened for each, so only the first one is for every day."""
    first, *others = kinds
    return [first, *(pytest.param(each, marks=pytest.mark.slow) for each in others)]


@pytest.fixture
def app(old_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The app on the old workspace, without a trainer."""
    monkeypatch.setenv("MNIST_STUDIO_HOME", str(old_workspace.root))
    monkeypatch.setattr(JobRunner, "_tick", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    from pages.studio import open_studio

    open_studio().runner.close()
    st.cache_resource.clear()


def _opens_everywhere(app: AppTest) -> None:
    app.run()
    for page, (kind, text) in LATE.items():
        app.switch_page(f"pages/{page}.py").run()
        if page == "evaluate":
            app.selectbox[2].select("Your drawings").run()
        assert not app.exception, f"{page}: {app.exception}"
        assert text in "\n".join(str(each.proto) for each in app.get(kind)), page


def _command(workspace: Workspace, *words: str) -> str:
    done = CliRunner().invoke(command_line, [*words, "--workspace", str(workspace.root)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("kind", ["train", "fine_tune"])
@pytest.mark.parametrize("damage", RUN_DAMAGE)
def test_a_run_that_cannot_be_read(kind: str, damage: str, old_workspace: Workspace) -> None:
    """It is listed with the others, says what is wrong when asked, and can be deleted."""
    jobs, run = Jobs(old_workspace), _newest(old_workspace, kind)
    RUN_DAMAGE[damage](run)
    assert run.id in _command(old_workspace, "runs", "list")
    rows = json.loads(_command(old_workspace, "runs", "list", "--json"))["runs"]
    assert len(rows) == len(jobs.page())
    if "report" not in damage:
        with pytest.raises(UnreadableError):
            run.config()
    else:
        with pytest.raises(UnreadableError):
            run.report()
    jobs.delete(run.id)
    assert run.id not in [job.id for job in jobs.page(limit=100)]


@pytest.mark.parametrize(
    "damage", _first_fast(["torn config", "setting of another version", "torn report", "no folder"])
)
def test_pages_show_other_runs_all_the_same(damage: str, app: AppTest, old_workspace: Workspace) -> None:
    """Every page opens, whichever run is damaged: the newest of each kind, which pages show by themselves."""
    for kind in ("train", "fine_tune"):
        RUN_DAMAGE[damage](_newest(old_workspace, kind))
    _opens_everywhere(app)


RESULT_DAMAGE = {
    "candidate's card": (_rewrite("candidate/card.json", "{"), "The candidate of run"),
    "damaged learned.jsonl": (_rewrite("learned.jsonl", "{"), "learned.jsonl"),
    "shortened learned.jsonl": (_rewrite("learned.jsonl", ""), "learned.jsonl has 0 drawings"),
    "no learned.jsonl": (lambda run: run.learned.unlink(), "learned.jsonl cannot be read"),
}


@pytest.mark.parametrize("damage", _first_fast(RESULT_DAMAGE))
def test_a_result_that_is_unreadable_in_part(damage: str, app: AppTest, old_workspace: Workspace) -> None:
    """Fine-tune says so and is there to its end; a damaged candidate cannot be kept, but discarded."""
    run, (harm, message) = _newest(old_workspace, "fine_tune"), RESULT_DAMAGE[damage]
    _edit("report.json", changed=[{"drawing": 0, "label": 4, "before": 9, "after": 4}])(run)
    harm(run)
    _opens_everywhere(app)
    app.switch_page("pages/fine_tune.py").run()
    (error,) = app.error
    assert message in error.value.replace("\\", "")
    buttons = {each.label: each for each in app.button}
    assert ("Keep" in buttons) == ("candidate" not in damage)
    buttons["Discard"].click().run()
    assert not app.error
    assert not candidates.is_pending(run)


@pytest.mark.slow
def test_a_kept_model_that_is_unreadable(app: AppTest, old_workspace: Workspace) -> None:
    """The result is shown without its name, and can be closed."""
    run = _newest(old_workspace, "fine_tune")
    model = candidates.keep(old_workspace, run)
    with transaction(old_workspace) as connection:
        connection.execute("UPDATE models SET card = '{' WHERE id = ?", (model.id,))
    _opens_everywhere(app)
    app.switch_page("pages/fine_tune.py").run()
    assert [model.id in error.value.replace("\\", "") for error in app.error] == [True]
    next(each for each in app.button if each.label == "Close").click().run()
    assert not app.error


@pytest.mark.parametrize("damage", _first_fast(CARD_DAMAGE))
def test_a_model_that_cannot_be_read(damage: str, old_workspace: Workspace) -> None:
    """The active model's card is damaged: the shipped one takes its place, the others stay, it can be deleted."""
    registry = Registry(old_workspace)
    active, others = registry.active(), [each.name for each in registry.all()][2:]
    with transaction(old_workspace) as connection:
        (card,) = connection.execute("SELECT card FROM models WHERE id = ?", (active.id,)).fetchone()
        connection.execute("UPDATE models SET card = ? WHERE id = ?", (CARD_DAMAGE[damage](card), active.id))
    assert registry.active().id == SHIPPED
    assert [each.name for each in registry.all()] == ["imported", *others]
    assert [each.id for each in registry.unreadable()] == [active.id]
    with pytest.raises(UnreadableError, match="card of model"):
        registry.get(active.id)
    assert "is unreadable" in _command(old_workspace, "models", "list")
    drawings = Path(old_workspace.root) / "d.jsonl"
    drawings.write_text('{"digit": 1, "strokes": [[[0, 0], [0, 9]]]}\n', encoding="utf-8")
    for words in (["predict", str(drawings)], ["evaluate", "--dataset", "digits"]):
        done = CliRunner().invoke(command_line, [*words, "--json", "--workspace", str(old_workspace.root)])
        assert json.loads(done.stdout)["model"] == shipped().name
        assert "so MNIST Studio takes its place" in done.stderr
    registry.delete(active.id)
    assert registry.unreadable() == []


def test_pages_show_other_models_all_the_same(app: AppTest, old_workspace: Workspace) -> None:
    """Every page opens and says which model takes its place; Models has a button that deletes it."""
    active = Registry(old_workspace).active()
    with transaction(old_workspace) as connection:
        connection.execute("UPDATE models SET card = '{' WHERE id = ?", (active.id,))
    assert any("takes its place" in each.value for each in app.run().caption)
    _opens_everywhere(app)
    app.switch_page("pages/models.py").run()
    assert any(f"**{active.name}** is unreadable" in each.value for each in app.markdown)
    app.button(key=f"delete-{active.id}").click().run()
    assert Registry(old_workspace).unreadable() == []


def test_what_cannot_be_read_is_not_offered_to_be_resumed(app: AppTest, old_workspace: Workspace) -> None:
    """The Train page says so, and where the run can be deleted; `runs list` names it, too."""
    run = _newest(old_workspace, "train")
    assert Jobs(old_workspace).get(run.id).state == "interrupted"
    app.run()
    app.switch_page("pages/train.py").run()
    assert "Resume" in [each.label for each in app.button]
    RUN_DAMAGE["list as config"](run)
    app.run()
    assert not {"Resume", "Start again"} & {each.label for each in app.button}
    assert any("delete it on the Runs page" in each.value for each in app.warning)
    rows = json.loads(_command(old_workspace, "runs", "list", "--json"))["runs"]
    assert [(row["data"], "is damaged" in row["message"]) for row in rows if row["id"] == run.id] == [
        ("unreadable", True)
    ]
