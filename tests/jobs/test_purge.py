"""Deleting models for good: what goes, and what stays because something needs it."""

import os
from pathlib import Path
from typing import Any

import pytest

from mnist_core.common.database import reading, transaction
from mnist_core.common.errors import InputError, StorageError
from mnist_core.common.language import speaking
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import ExportConfig, FineTuneConfig, TrainConfig
from mnist_core.jobs import candidates, exported, purge
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry
from tests.models.files import copy_shipped


def card(name: str, **more: Any) -> Card:
    values: dict[str, Any] = {"name": name, "kind": "trained", "architecture": "mlp", "parameters": 5, "created": ""}
    return Card(**{**values, **more})


def add(workspace: Workspace, name: str, **more: Any) -> Model:
    return Registry(workspace).add(card(name, **more), copy_shipped, Learned(learned=frozenset({f"drawing of {name}"})))


def test_a_model_is_deleted_with_all_that_is_its_own(workspace: Workspace) -> None:
    """Its row, its files, its learned drawings; the choice of the active model and the run forget it."""
    registry, jobs = Registry(workspace), Jobs(workspace)
    job = jobs.submit("train", TrainConfig(), by=Process.of(os.getpid()))
    model, other = add(workspace, "one", run=job.id), add(workspace, "two")
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "completed", model_id=model.id)
    registry.activate(model.id)
    registry.delete(model.id)
    (found,) = purge.deleted(workspace)
    assert (found.id, found.name, found.needed_by) == (model.id, "one", ())
    assert purge.purge(workspace, model.id) == found.bytes > 500
    assert purge.deleted(workspace) == []
    assert not model.folder.exists()
    assert registry.active().id == SHIPPED
    assert jobs.get(job.id).model_id is None
    with reading(workspace) as connection:
        assert [row["model_id"] for row in connection.execute("SELECT * FROM learned")] == [other.id]
        assert connection.execute("SELECT count(*) FROM settings WHERE value = ?", (model.id,)).fetchone()[0] == 0
    with pytest.raises(InputError, match="deleted for good"):
        purge.purge(workspace, model.id)


def test_its_exported_files_go_with_it(workspace: Workspace) -> None:
    """And those of other models stay."""
    jobs, models = Jobs(workspace), [add(workspace, "one"), add(workspace, "two")]
    made = []
    for model in models:
        job = jobs.submit("export", ExportConfig(model=model.id), by=Process.of(os.getpid()))
        jobs.set_state(job.id, "running")
        jobs.set_state(job.id, "completed")
        made.append(exported.folder_of(Run.at(workspace, job.id)))
        made[-1].mkdir()
    Registry(workspace).delete(models[0].id)
    purge.purge(workspace, models[0].id)
    assert [each.exists() for each in made] == [False, True]
    assert [len(exported.jobs_of(jobs, workspace, model.id)) for model in models] == [0, 1]


@pytest.mark.parametrize("relation", ["base", "initial_weights"])
@pytest.mark.parametrize("hidden", [False, True], ids=["shown", "deleted"])
def test_what_another_model_was_made_from_stays(workspace: Workspace, relation: str, hidden: bool) -> None:
    """Until that one is deleted for good, too."""
    first = add(workspace, "first")
    second = add(workspace, "second", kind="fine-tuned", **{relation: first.id})
    registry = Registry(workspace)
    registry.delete(first.id)
    if hidden:
        registry.delete(second.id)
    with pytest.raises(InputError, match="first cannot be deleted for good because others depend on it: second"):
        purge.purge(workspace, first.id)
    assert first.keras.exists()
    for each in (second, first):
        purge.purge(workspace, each.id)
    assert [model.id for model in registry.all()] == [SHIPPED]


def test_the_deleted_ones_come_in_an_order_in_which_all_can_go(workspace: Workspace) -> None:
    """What was made from another one comes before it."""
    line = [add(workspace, "root")]
    for name in ("second", "third"):
        line.append(add(workspace, name, kind="fine-tuned", base=line[-1].id, initial_weights=line[0].id))
    for model in line:
        Registry(workspace).delete(model.id)
    for each in purge.deleted(workspace):
        purge.purge(workspace, each.id)
    assert purge.deleted(workspace) == []


def test_what_a_candidate_or_a_waiting_run_starts_from_stays(workspace: Workspace) -> None:
    """Both would lose their lineage."""
    jobs = Jobs(workspace)
    one, two = add(workspace, "one"), add(workspace, "two")
    job = jobs.submit("fine_tune", FineTuneConfig(), drawings=[], by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    run.candidate.mkdir(exist_ok=True)
    candidates.write(run, card("tuned", base=one.id), Learned())
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "completed")
    jobs.submit("fine_tune", FineTuneConfig(model="two"), drawings=[])
    with pytest.raises(InputError, match="others depend on it: candidate tuned"):
        purge.purge(workspace, one.id)
    with pytest.raises(InputError, match="two cannot be deleted for good because others depend on it: run"):
        purge.purge(workspace, two.id)


def test_what_an_interrupted_training_starts_from_stays(workspace: Workspace) -> None:
    """If it has a checkpoint, from which it can go on; until it is deleted."""
    jobs, model = Jobs(workspace), add(workspace, "one")
    job = jobs.submit("train", TrainConfig(start_from="one"), by=Process.of(os.getpid()))
    (Run.at(workspace, job.id).checkpoints / "00000010.npz").touch()
    jobs.set_state(job.id, "interrupted")
    Registry(workspace).delete(model.id)
    with pytest.raises(InputError, match="one cannot be deleted for good because others depend on it: run"):
        purge.purge(workspace, model.id)
    jobs.delete(job.id)
    other = jobs.submit("train", TrainConfig(), by=Process.of(os.getpid()))
    jobs.set_state(other.id, "failed")
    assert purge.purge(workspace, model.id)


def test_a_damaged_model_is_deleted_as_well(workspace: Workspace) -> None:
    """Its card cannot be read, and some of its files are gone."""
    model = add(workspace, "torn")
    with transaction(workspace) as connection:
        connection.execute("UPDATE models SET card = '{' WHERE id = ?", (model.id,))
    model.keras.unlink()
    Registry(workspace).delete(model.id)
    assert [each.name for each in purge.deleted(workspace)] == ["torn"]
    purge.purge(workspace, model.id)
    assert not model.folder.exists()
    assert purge.deleted(workspace) == []


def test_a_model_s_dependents_are_listed_as_the_language_lists() -> None:
    assert "depend on it: a, b, c and 1 more." in purge.needs("m", ["a", "b", "c", "d"])
    with speaking("zh_CN"):
        assert "a、b" in purge.needs("m", ["a", "b"])


def test_the_shipped_model_stays(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="comes with the program"):
        purge.purge(workspace, SHIPPED)


def test_a_model_whose_files_cannot_be_deleted_stays_in_the_list(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be tried again."""
    model = add(workspace, "open elsewhere")
    Registry(workspace).delete(model.id)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as held:
        held.setattr(purge.shutil, "rmtree", refuse)
        with pytest.raises(StorageError):
            purge.purge(workspace, model.id)
    assert [each.id for each in purge.deleted(workspace)] == [model.id]
    purge.purge(workspace, model.id)
