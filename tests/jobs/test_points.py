"""The models of a compression, which wait in its run until one is kept."""

import os
from pathlib import Path

import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig
from mnist_core.evaluation.compression import BASE, CompressedPoint, CompressionStep, Score, key_of
from mnist_core.jobs import points, purge
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card, Compression
from mnist_core.models.learned import Learned
from mnist_core.models.registry import SHIPPED, Registry
from tests.models.files import copy_shipped

INT8 = (CompressionStep(kind="int8"),)
PRUNED = (CompressionStep(kind="distilled", architecture="tiny"), CompressionStep(kind="pruned", share=0.5))
KEYS = ["int8", "tiny-sparse50"]


def _point(steps: tuple[CompressionStep, ...]) -> CompressedPoint:
    return CompressedPoint(
        key=key_of(steps), steps=steps, parameters=9, nonzero=5, bytes=100, zipped=50, milliseconds=0.1,
        validation=Score(right=9, count=10),
    )  # fmt: skip


def _card(run: Run, steps: tuple[CompressionStep, ...], base: str = SHIPPED) -> Card:
    compression = Compression(point=_point(steps), base=_point(()))
    return Card(
        name=f"small {compression.point.key}", kind="compressed", architecture="tiny", parameters=9, created="",
        config=CompressConfig(), compression=compression, base=base, run=run.id,
    )  # fmt: skip


def _write(run: Run, steps: tuple[CompressionStep, ...], base: str = SHIPPED) -> None:
    folder = run.points / key_of(steps)
    folder.mkdir(parents=True)
    copy_shipped(folder)
    points.write(run, folder.name, _card(run, steps, base))


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """A compression with two models."""
    run = Run.at(workspace, Jobs(workspace).submit("compress", CompressConfig()).id)
    for steps in (INT8, PRUNED):
        _write(run, steps)
    return run


def test_a_key_names_the_steps() -> None:
    """And the base has none."""
    assert [key_of(each) for each in ((), INT8, PRUNED)] == [BASE, *KEYS]
    assert [_point(each).text for each in ((), PRUNED)] == ["the model itself", "distilled into tiny, 50% pruned"]
    assert [_point(each).is_int8 for each in ((), INT8, PRUNED)] == [False, True, False]


@pytest.mark.parametrize(("share", "percent"), [(0.5, "50"), (0.07, "7"), (0.125, "12.5"), (0.005, "0.5")])
def test_a_share_is_not_rounded_away(share: float, percent: str) -> None:
    thin = CompressionStep(kind="low_rank", share=share)
    assert (thin.code, thin.text) == (f"rank{percent}", f"low rank {percent}%")


def test_each_point_is_kept_once(run: Run, workspace: Workspace) -> None:
    """Two points of a run are two models; keeping one again gives the same model; the active model stays."""
    registry = Registry(workspace)
    first, again, other = (points.keep(workspace, run, key) for key in (KEYS[0], KEYS[0], KEYS[1]))
    assert (first.id == again.id, first.id == other.id) == (True, False)
    assert [each.name for each in registry.all()] == ["small tiny-sparse50", "small int8", "MNIST Studio"]
    assert (registry.active().id, first.card.is_int8, other.card.is_int8) == (SHIPPED, True, False)
    assert points.kept(workspace, run) == {KEYS[0]: first, KEYS[1]: other}
    assert Jobs(workspace).get(run.id).model_id == other.id
    assert points.keys(run) == KEYS


def test_a_kept_point_that_was_deleted_comes_back(run: Run, workspace: Workspace) -> None:
    """By another Keep."""
    model = points.keep(workspace, run, KEYS[0])
    Registry(workspace).delete(model.id)
    assert points.kept(workspace, run) == {}
    assert points.keep(workspace, run, KEYS[0]).id == model.id
    assert points.kept(workspace, run) == {KEYS[0]: model}


def test_only_a_new_model_gets_the_name(run: Run, workspace: Workspace) -> None:
    """A second Keep, in another tab, does not rename a model that has been kept. A deleted one comes back."""
    registry = Registry(workspace)
    model = points.keep(workspace, run, KEYS[0], "mine")
    assert model.name == "mine"
    registry.rename(model.id, "final")
    assert points.keep(workspace, run, KEYS[0], "small int8").name == "final"
    registry.delete(model.id)
    assert points.keep(workspace, run, KEYS[0]).name == "final"
    registry.delete(model.id)
    assert points.keep(workspace, run, KEYS[0], "again").name == "again"
    assert points.keep(workspace, run, KEYS[1], " ").name == "small tiny-sparse50"


def test_a_name_that_is_too_long_keeps_nothing(run: Run, workspace: Workspace) -> None:
    with pytest.raises(InputError, match="1 to 100 visible characters"):
        points.keep(workspace, run, KEYS[0], "x" * 101)
    assert points.kept(workspace, run) == {}


def test_discarding_forgets_those_that_wait(run: Run, workspace: Workspace) -> None:
    """Not the models that were kept."""
    model = points.keep(workspace, run, KEYS[0])
    points.discard(run)
    points.discard(run)
    assert (points.keys(run), run.points.exists()) == ([], False)
    assert model.onnx.exists()
    assert points.kept(workspace, run) == {KEYS[0]: model}
    with pytest.raises(InputError, match="no models to keep"):
        points.keep(workspace, run, KEYS[1])


def test_an_unknown_key_names_the_others(run: Run, workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"has no model 'big'\. Available: int8, tiny-sparse50"):
        points.keep(workspace, run, "big")


def test_the_drawings_of_the_base_belong_to_it(workspace: Workspace) -> None:
    """The base learned them, so a fine-tuning of the smaller model includes them."""

    def write(folder: Path) -> None:
        copy_shipped(folder)
        (folder / "learned.jsonl").write_text("[]")

    card = Card(name="tuned", kind="fine-tuned", architecture="deep", parameters=5, created="", base=SHIPPED)
    base = Registry(workspace).add(card, write, Learned(learned=frozenset({"a"}), left_out=frozenset({"b"})))
    run = Run.at(workspace, Jobs(workspace).submit("compress", CompressConfig(model=base.id)).id)
    _write(run, INT8, base.id)
    model = points.keep(workspace, run, KEYS[0])
    assert model.drawings.read_text() == "[]"
    assert Registry(workspace).learned(model.id) == Learned(learned=frozenset({"a"}), left_out=frozenset({"b"}))


def test_the_base_stays_while_a_point_waits(workspace: Workspace) -> None:
    """It may be deleted for good when the points are discarded."""
    card = Card(name="mine", kind="trained", architecture="deep", parameters=5, created="")
    base = Registry(workspace).add(card, copy_shipped)
    jobs = Jobs(workspace)
    job = jobs.submit("compress", CompressConfig(model=base.id), by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    _write(run, INT8, base.id)
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "completed")
    Registry(workspace).delete(base.id)
    with pytest.raises(InputError, match="candidate small int8"):
        purge.purge(workspace, base.id)
    points.discard(run)
    assert purge.purge(workspace, base.id) > 0
