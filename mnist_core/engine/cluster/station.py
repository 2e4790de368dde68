"""A worker's side: a process on another machine that does one task after the other, each in a workspace of its own.

It imports neither Ray nor Keras before its first task, because the environment decides how Keras begins.
"""

import os
import shutil
import socket
import tempfile
import threading
import traceback
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from mnist_core import __version__
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.data import datasets
from mnist_core.engine.cluster.folder import Changes, Watch, apply
from mnist_core.engine.cluster.parcels import KEPT_AT_HOME, Ended, Hello, News, Order, Task, TravellingModel
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Discard, Interrupted, RunControl, Stop
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry


class Station:
    """What Ray calls an actor. The driver asks it twice a second what is new."""

    def __init__(self, backend: str, threads: int) -> None:
        """
        Args:
            backend: Keras' name of it, that of the driver.
            threads: of TensorFlow's operators.
        """
        os.environ["KERAS_BACKEND"] = backend
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
        self._scratch = tempfile.TemporaryDirectory(prefix="mnist-studio-")
        self._tasks = 0
        self._leave = threading.Event()
        self._ended: Ended | None = None

    def hello(self) -> Hello:
        """Who it is."""
        return Hello(__version__, socket.gethostname())

    def begin(self, task: Task, dataset: datasets.Dataset, order: Order) -> None:
        """Start on a task. The one before has ended."""
        if self._tasks:
            shutil.rmtree(self._run.folder)
        self._tasks += 1
        self._workspace = Workspace.open(Path(self._scratch.name) / str(self._tasks))
        self._run = Run.at(self._workspace, task.run_id)
        self._run.checkpoints.mkdir(parents=True)
        apply(Changes(written=task.run), self._run.folder)
        self._watch = Watch(self._run.folder)
        self._ended = None
        self._leave.clear()
        datasets.hand_over(task.config.model_dump()["dataset"], dataset)
        self.obey(order)
        threading.Thread(target=self._work, args=(task,), daemon=True).start()

    def obey(self, order: Order) -> None:
        """Pass on the word of a person or of the driver."""
        if order == "interrupt":
            self._leave.set()
        else:
            self._run.tell(order)

    def look(self) -> News:
        """What is new."""
        ended = self._ended  # before the last look at the folder, so that nothing is missed
        changes = self._watch.changes()
        return News(
            Changes(
                {name: each for name, each in changes.added.items() if name not in KEPT_AT_HOME},
                {name: each for name, each in changes.written.items() if name not in KEPT_AT_HOME},
                tuple(name for name in changes.removed if name not in KEPT_AT_HOME),
            ),
            ended,
        )

    def _work(self, task: Task) -> None:
        try:
            result = self._do(task)
            made = Registry(self._workspace).made_by(task.run_id)
            self._ended = Ended("done", result, models=tuple(map(TravellingModel.of, made)))
        except Stop:
            self._ended = Ended("stopped")
        except Discard:
            self._ended = Ended("discarded")
        except Interrupted:
            self._ended = Ended("interrupted")
        except StudioError as error:
            self._ended = Ended("failed", reason=error.text)
        except BaseException:  # noqa: BLE001 – it must not end the station; the driver raises and logs it
            self._ended = Ended("broken", trace=traceback.format_exc())

    def _do(self, task: Task) -> Any:
        from mnist_core.engine.backends import devices

        control = RunControl(self._run, self._leave, lambda _: None)
        context = RunContext(self._config(task), self._workspace, self._run, control)
        try:
            with devices.naming_out_of_memory():
                return resolve_name(task.function)(context)
        except devices.OutOfMemory:
            raise StudioError(_(devices.NO_MEMORY)) from None

    def _config(self, task: Task) -> Config:
        """The task's, with the names that its files have here. Its models are registered here by the same ids."""
        registry, changes = Registry(self._workspace), {}
        for model in task.models:
            registry.add(model.card, model.write, model_id=model.id)
        for setting, (name, content) in task.files.items():
            path = self._workspace.root / setting / name
            path.parent.mkdir()
            path.write_bytes(content)
            changes[setting] = str(path)
        return task.config.model_copy(update=changes)
