"""A run of federated learning in the app."""

import os

from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.evaluation.compression import Score
from mnist_core.evaluation.federated import ClientScores, RoundFigures
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card, FederatedData
from mnist_core.models.registry import Registry
from tests.models.files import copy_shipped
from tests.pages.app import open_page, texts

CLIENTS = (
    ClientScores(name="=ada", trained=9, held_out=10, before=5, alone=6, federated=8, pooled=9),
    ClientScores(name="bob", trained=9, held_out=20, before=18, alone=17, federated=18, pooled=18),
)


def test_runs_shows_the_clients_and_models_the_card(app: AppTest, workspace: Workspace) -> None:
    """Each client is a row, and its name is no formula."""
    job = Jobs(workspace).submit("federate", FederateConfig(name="class"), by=Process.of(os.getpid()))
    data = FederatedData(clients=2, drawings=18, rounds=3, replayed="mnist", epsilon=2.5, delta=0.001)
    card = Card(name="class", kind="federated", architecture="cnn", parameters=9, created="", federated_data=data)
    model = Registry(workspace).add(card.model_copy(update={"run": job.id}), copy_shipped)
    score = Score(right=99, count=100)
    report = FederateReport(
        model="class", model_id=model.id, base="m", base_id="shipped", clients=CLIENTS, replayed="mnist",
        rounds=(RoundFigures(number=1, clients=2, validation=score),), validation_before=score,
        validation_after=score, greatest_drop=0.1, allowed_drop=0.2, accepted=False, sent_bytes=9, epsilon=2.5,
        delta=0.001, fit_seconds=1.0, device="cpu", seed=0, total_seconds=2.0,
    )  # fmt: skip
    Run.at(workspace, job.id).write_report(report)
    Jobs(workspace).set_state(job.id, "running")
    Jobs(workspace).set_state(job.id, "completed", model_id=model.id)
    app.session_state["runs.chosen"] = [job.id]
    page = open_page(app, "runs")
    assert not page.exception
    said = texts(page)
    assert "Federated learning changed the mean accuracy by +15.00 points" in said
    assert "ε = 2.5 at δ = 0.001" in said
    frame = next(each.value for each in page.dataframe if "federated" in each.value.columns)
    assert list(frame.iloc[:, 0]) == ["'=ada", "bob"]
    assert list(frame["federated"]) == [0.8, 0.9]
    Registry(workspace).activate(model.id)
    models = open_page(app, "models")
    assert not models.exception
    assert "2 clients** learned 18 drawings in 3 rounds" in texts(models)
