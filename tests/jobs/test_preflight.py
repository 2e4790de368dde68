"""Settings that name files and models, before a run is created."""

from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig, FederateServeConfig
from mnist_core.config.schema import TrainConfig
from mnist_core.jobs import preflight
from mnist_core.models.card import Card
from mnist_core.models.registry import SHIPPED, Registry


@pytest.mark.parametrize("named", ["missing.jsonl", "~nosuchuser/x.jsonl", "letters.txt", "", "."])
@pytest.mark.parametrize("field", preflight.DRAWINGS)
def test_a_file_of_drawings_is_checked(field: str, named: str, workspace: Workspace) -> None:
    """Whatever is named there is a sentence about that setting; no file is none."""
    found = preflight.problems(TrainConfig(dataset="digits").model_copy(update={field: named}), workspace)
    assert set(found) == ({field} if named else set())


def test_a_file_is_found_from_any_folder(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's config has its absolute path."""
    monkeypatch.chdir(tmp_path)
    Path("mine.jsonl").write_text("{}")
    settled = preflight.settled(TrainConfig(dataset="digits", drawings="mine.jsonl"), workspace)
    assert settled.drawings == str(tmp_path / "mine.jsonl")
    assert not preflight.problems(settled, workspace)


@pytest.mark.parametrize("kind", [FederateConfig, FederateServeConfig])
def test_federated_learning_resumes_with_the_model_that_it_began_with(
    kind: type[FederateConfig], workspace: Workspace
) -> None:
    """The active model is named by its id when the run is asked for, whatever is activated later."""
    registry = Registry(workspace)
    card = Card(name="mine", kind="trained", architecture="mlp", parameters=1, created="")

    def write(folder: Path) -> None:
        for name in ("model.keras", "model.onnx"):
            (folder / name).write_bytes(b"x")

    active = registry.activate(registry.add(card, write).id)
    settled = preflight.settled(kind(), workspace)
    registry.activate(SHIPPED)
    assert settled.model == preflight.settled(settled, workspace).model == active.id
