"""A tuned model that waits for Keep or Discard."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.jobs import candidates
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry, shipped
from tests.models.files import copy_shipped

CARD = Card(name="tuned", kind="fine-tuned", architecture="mlp", parameters=5, created="", base=SHIPPED)


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """A fine-tuning that has left its two files, and no card yet."""
    run = Run.at(workspace, Jobs(workspace).submit("fine_tune", FineTuneConfig(), drawings=[]).id)
    run.candidate.mkdir()
    copy_shipped(run.candidate)
    return run


def test_files_without_a_card_are_no_candidate(run: Run, workspace: Workspace) -> None:
    """A trainer that died before it wrote the card leaves no candidate."""
    assert candidates.pending(run) is None
    with pytest.raises(InputError, match="no candidate"):
        candidates.keep(workspace, run)


def test_keeping_registers_and_activates_it(run: Run, workspace: Workspace) -> None:
    """The candidate becomes a model, the active one, and is gone; a second Keep is refused."""
    candidates.write(run, CARD, Learned())
    run.learned.write_text("[]")
    assert candidates.pending(run) == CARD
    model = candidates.keep(workspace, run)
    assert model.drawings.read_text() == "[]"
    assert model.card == CARD
    assert model.onnx.read_bytes() == shipped().onnx.read_bytes()
    assert Registry(workspace).active() == model
    assert Jobs(workspace).get(run.id).model_id == model.id
    assert candidates.pending(run) is None
    with pytest.raises(InputError, match="may have been discarded"):
        candidates.keep(workspace, run)


def test_a_press_that_is_handled_twice_at_once_keeps_one_model(run: Run, workspace: Workspace) -> None:
    """However the two are interleaved; and a third one, too late, gets the same model."""
    candidates.write(run, CARD.model_copy(update={"run": run.id}), Learned())
    together = threading.Barrier(4)

    def press(_: int) -> Model:
        together.wait()
        return candidates.keep(workspace, run)

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(press, range(4)))
    assert len({model.id for model in kept}) == 1
    assert [model.id for model in Registry(workspace).all()] == [kept[0].id, SHIPPED]
    assert candidates.keep(workspace, run) == kept[0]


def test_discarding_changes_nothing_else(run: Run, workspace: Workspace) -> None:
    """The active model stays; discarding twice is as good as once."""
    candidates.write(run, CARD, Learned())
    candidates.discard(run)
    candidates.discard(run)
    assert candidates.pending(run) is None
    assert Registry(workspace).all() == [shipped()]
