"""A compression that has ended, without one: a report, and the folders of its models."""

import os

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig
from mnist_core.evaluation.compression import CompressedPoint
from mnist_core.evaluation.reports import CompressReport
from mnist_core.jobs import points
from mnist_core.jobs.job import Job, State
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card, Compression
from mnist_core.models.registry import SHIPPED
from tests.evaluation.points import POINTS
from tests.models.files import copy_shipped


def has_compressed(workspace: Workspace, state: State = "completed", name: str = "") -> Job:
    """A compression of the shipped model. Its models have the shipped model's files."""
    jobs = Jobs(workspace)
    job = jobs.submit("compress", CompressConfig(model=SHIPPED, name=name), by=Process.of(os.getpid()))
    write_models(Run.at(workspace, job.id), stopped=state == "stopped")
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, state)
    return jobs.get(job.id)


def write_models(run: Run, *, stopped: bool = False) -> CompressReport:
    """What a compression leaves in its run's folder."""
    for point in POINTS[1:]:
        (run.points / point.key).mkdir(parents=True)
        copy_shipped(run.points / point.key)
        points.write(run, point.key, card(run, point))
    report = CompressReport(
        base="MNIST Studio", base_id=SHIPPED, dataset="mnist", points=POINTS, seed=0, total_seconds=70,
        stopped=stopped,
    )  # fmt: skip
    run.write_report(report)
    return report


def card(run: Run, point: CompressedPoint) -> Card:
    """The card of one of its models."""
    return Card(
        name=f"MNIST Studio {point.key}", kind="compressed", architecture="deep", parameters=point.parameters,
        created="2026-11-27T10:00:00+00:00", config=CompressConfig(), base=SHIPPED, run=run.id,
        compression=Compression(point=point, base=POINTS[0]),
    )  # fmt: skip
