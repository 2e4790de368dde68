"""Federated learning in one process: small, with three writers."""

import math
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.engine.control import Interrupted
from mnist_core.engine.worker import work
from mnist_core.evaluation.federated import mean
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.registry import Registry

pytest.importorskip("flwr", reason="Flower is not installed: see docs/federated.md")

from flwr.app import ArrayRecord, MetricRecord

from mnist_core.engine.federated import client_app, federation, rounds
from mnist_core.engine.federated.clients import gather
from mnist_core.engine.federated.grid import FIRST_CLIENT, InMemoryGrid
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.engine.federated.strategy import strategy_of

ConfigOf = Callable[..., FederateConfig]
pytestmark = pytest.mark.usefixtures("small_replay_buffer")


class Free:
    """A control that wants nothing."""

    def check(self) -> float:
        return 0.0


def done(config: FederateConfig, workspace: Workspace) -> tuple[FederateReport, Run]:
    job = Jobs(workspace).submit("federate", config, by=Process.of(os.getpid()))
    work(job, workspace, threading.Event())
    run = Run.at(workspace, job.id)
    report = run.report_as(FederateReport)
    assert report is not None
    return report, run


def test_writers_gain_and_the_model_is_registered(workspace: Workspace, config_of: ConfigOf) -> None:
    """Its card and its report read again as they were; each round has a record and a figure."""
    report, run = done(config_of(local_epochs=10.0), workspace)
    assert [(each.name, each.trained, each.held_out) for each in report.clients] == [
        ("a", 14, 6), ("b", 21, 9), ("c", 28, 12),
    ]  # fmt: skip
    averages = {way: mean(report.clients, way) or 0.0 for way in ("before", "alone", "federated", "pooled")}
    assert averages["federated"] > averages["before"] + 0.1
    assert report.accepted
    assert [(each.number, each.clients) for each in report.rounds] == [(1, 3), (2, 3), (3, 3)]
    assert [record["epoch"] for record in run.records()] == [1, 2, 3]
    model = Registry(workspace).get(str(report.model_id))
    assert Card.parse(model.card.text(), "card") == model.card
    clients, _ = gather(config_of())
    assert Registry(workspace).seen_along(model) == {content for each in clients for content in each.contents}
    data = model.card.federated_data
    assert data is not None
    assert (model.card.kind, data.clients, data.drawings, data.rounds) == ("federated", 3, 63, 3)
    assert isinstance(model.card.config, FederateConfig)
    assert model.card.config.drawings == ""
    assert run.report() == report


def test_the_mean_is_weighted_by_the_drawings(workspace: Workspace, config_of: ConfigOf) -> None:
    """A round of FedAvg is the clients' weights, averaged by NumPy."""
    config = config_of(rounds=1)
    clients, _ = gather(config)
    training = LocalTraining(config, workspace, Registry(workspace).find("base"), clients, Free())
    own = [training.fit(training.initial, each.x, each.y, config.local_epochs, config.seed + 1) for each in clients]
    wanted = [np.average(each, axis=0, weights=[14, 21, 28]) for each in zip(*own, strict=True)]
    app = client_app.client_app(config, training, lambda context: clients[context.node_id - FIRST_CLIENT])
    found: list[Any] = []
    grid, strategy = InMemoryGrid(app, 3), strategy_of(config, 3)
    rounds.train(config, grid, strategy, training.initial, [1], lambda number, weights, count: found.extend(weights))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_client_sends_weights_and_counts_only(
    workspace: Workspace, config_of: ConfigOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reply has anything else: arrays of the shapes of the weights, and four numbers at most."""
    replies: list[Any] = []
    send = InMemoryGrid.send_and_receive

    def listen(grid: InMemoryGrid, messages: Any, **options: Any) -> Any:
        found = send(grid, messages, **options)
        replies.extend(found)
        return found

    monkeypatch.setattr(InMemoryGrid, "send_and_receive", listen)
    report, _ = done(config_of(rounds=1), workspace)
    assert len(replies) == 3 * (1 + 1 + 1 + 1 + 1)  # before, the round, its figures, federated, alone
    for reply in replies:
        for record in reply.content.values():
            if isinstance(record, ArrayRecord):
                assert sum(array.nbytes for array in record.to_numpy_ndarrays()) == report.sent_bytes
            else:
                assert isinstance(record, MetricRecord)
                assert set(record) <= {"weight", "trained", "held-out", "right"}
                assert all(isinstance(value, int | float) for value in record.values())


def test_fedprox_stays_nearer(workspace: Workspace, config_of: ConfigOf) -> None:
    """The stronger the proximal term, the smaller a client's change."""

    def moved(mu: float) -> float:
        config = config_of(proximal_mu=mu, learning_rate=0.02)
        clients, _ = gather(config)
        training = LocalTraining(config, workspace, Registry(workspace).find("base"), clients, Free())
        fitted = training.fit(training.initial, clients[2].x, clients[2].y, 8, 0)
        return math.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(fitted, training.initial, strict=True)))

    free, held, fast = moved(0.0), moved(1.0), moved(100.0)
    assert fast < held < free


def test_noise_has_its_epsilon(workspace: Workspace, config_of: ConfigOf) -> None:
    """It is in the report and on the card, and a change without noise is no longer than the clipping norm."""
    report, _ = done(config_of(rounds=2, local_epochs=0.5, noise_multiplier=2.0, clipping_norm=0.1), workspace)
    assert report.epsilon is not None
    assert 1 < report.epsilon < 5
    data = Registry(workspace).get(str(report.model_id)).card.federated_data
    assert data is not None
    assert (data.epsilon, data.delta) == (report.epsilon, 1e-3)


def test_a_run_that_is_cut_off_goes_on(
    workspace: Workspace, config_of: ConfigOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its last complete round, to the same figures."""
    straight, _ = done(config_of(rounds=2), workspace)
    job = Jobs(workspace).submit("federate", config_of(rounds=2), by=Process.of(os.getpid()))
    record = federation.Federation._record

    def cut_off(this: Any, number: int, *figures: Any) -> None:
        if number == 2:
            raise Interrupted
        record(this, number, *figures)

    monkeypatch.setattr(federation.Federation, "_record", cut_off)
    assert work(job, workspace, threading.Event()).state == "interrupted"
    monkeypatch.setattr(federation.Federation, "_record", record)
    run = Run.at(workspace, job.id)
    assert run.can_go_on
    again = work(Jobs(workspace).claim(job.id, Process.of(os.getpid())), workspace, threading.Event())
    assert again.state == "completed"
    resumed = run.report_as(FederateReport)
    assert resumed is not None
    assert resumed.clients == straight.clients
    assert resumed.rounds == straight.rounds
    elapsed = [record["elapsed_s"] for record in run.records()]
    assert elapsed == sorted(elapsed)
    assert resumed.total_seconds > elapsed[-1] > resumed.fit_seconds > 0


@pytest.mark.parametrize(("phase", "at"), [("", 0), ("federating", 2), ("comparing", 3)])
def test_a_stop_keeps_the_complete_rounds(
    workspace: Workspace, config_of: ConfigOf, monkeypatch: pytest.MonkeyPatch, phase: str, at: int
) -> None:
    """They become a model, which nobody compares any more. Before the first one, nothing is left."""
    job = Jobs(workspace).submit("federate", config_of(), by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    if not at:
        run.tell("stop")

    def watch(progress: Any) -> None:
        if progress.phase == phase and progress.step == at:
            run.tell("stop")

    monkeypatch.setattr("mnist_core.engine.control.POLL_S", 0.0)
    assert work(job, workspace, threading.Event(), watch).state == "stopped"
    report = run.report_as(FederateReport)
    if not at:
        assert report is None
        return
    assert report is not None
    assert report.stopped
    assert len(report.rounds) == at
    assert mean(report.clients, "alone") is None
