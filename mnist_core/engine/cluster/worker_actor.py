"""A worker's side: a process on another machine that does one task after the other, each in a workspace of its own.

It imports neither Ray nor Keras before its first task, because the environment decides how Keras begins.
"""

import os
import shutil
import socket
import threading
import traceback
from pkgutil import resolve_name
from typing import Any

from mnist_core import __version__
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.data import datasets
from mnist_core.engine.cluster import scratch
from mnist_core.engine.cluster.folder import Changes, Watch, apply
from mnist_core.engine.cluster.messages import KEPT_AT_HOME, Ended, Order, Task, TravellingModel, Update, WorkerInfo
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Discard, Interrupted, RunControl, Stop
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry

NEWS_S = 0.4
"""How long a look waits for the end of the task. Then it says what is new so far."""


class WorkerActor:
    """What Ray calls an actor. The driver asks it again and again what is new."""

    def __init__(self, backend: str, threads: int) -> None:
        """
        Args:
            backend: Keras' name of it, that of the driver.
            threads: of TensorFlow's operators.
        """
        os.environ["KERAS_BACKEND"] = backend
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
        self._scratch = scratch.new()
        self._work: Work | None = None
        self._tasks = 0

    def info(self) -> WorkerInfo:
        """Who it is. What killed workers have left on this machine is removed."""
        scratch.sweep()
        return WorkerInfo(__version__, socket.gethostname())

    def begin(self, task: Task, dataset: datasets.Dataset, order: Order) -> None:
        """Start on a task. The one before has ended."""
        if self._work is not None:
            self._work.remove()
        self._tasks += 1
        datasets.hand_over(task.config.model_dump()["dataset"], dataset)
        self._work = Work(task, Workspace.open(self._scratch / str(self._tasks)))
        self._work.obey(order)
        threading.Thread(target=self._work.do, daemon=True).start()

    def obey(self, order: Order) -> None:
        """Pass on the word of a person or of the driver."""
        assert self._work is not None
        self._work.obey(order)

    def look(self) -> Update:
        """What is new, after `NEWS_S` or at the end of the task.

        Then the task's workspace is removed: drawings and models are private.
        """
        assert self._work is not None
        self._work.wait()
        update = self._work.update()
        if update.ended is not None:
            self._work.remove()
        return update


class Work:
    """One task in its workspace."""

    def __init__(self, task: Task, workspace: Workspace) -> None:
        self._task, self._workspace = task, workspace
        self.run = Run.at(workspace, task.run_id)
        self.run.checkpoints.mkdir(parents=True)
        apply(Changes(written=task.run), self.run.folder)
        self._watch = Watch(self.run.folder, leave_out=KEPT_AT_HOME)
        self._leave = threading.Event()
        self._ended: Ended | None = None
        self._over = threading.Event()

    def obey(self, order: Order) -> None:
        """Hand it to the function's control."""
        if order == "interrupt":
            self._leave.set()
        else:
            self.run.tell(order)

    def wait(self) -> None:
        """Until it has ended, at most for `NEWS_S`."""
        self._over.wait(NEWS_S)

    def update(self) -> Update:
        """What has changed since the last call; nothing once the workspace is removed."""
        ended = self._ended  # before the look at the folder, so that nothing is missed
        changes = self._watch.changes() if self.run.folder.exists() else Changes()
        return Update(changes, ended)

    def remove(self) -> None:
        """Remove the workspace with all that has travelled here and all that was made."""
        shutil.rmtree(self._workspace.root, ignore_errors=True)  # what is left, a later worker removes

    def do(self) -> None:
        """Runs in a thread."""
        try:
            result = self._call()
            made = Registry(self._workspace).made_by(self._task.run_id)
            self._ended = Ended("done", result, models=tuple(map(TravellingModel.of, made)))
        except Stop:
            self._ended = Ended("stopped")
        except Discard:
            self._ended = Ended("discarded")
        except Interrupted:
            self._ended = Ended("interrupted")
        except StudioError as error:
            self._ended = Ended("failed", reason=error.text)
        except BaseException:  # noqa: BLE001 – it must not end the worker; the driver raises and logs it
            self._ended = Ended("broken", trace=traceback.format_exc())
        finally:
            self._over.set()

    def _call(self) -> Any:
        import keras

        from mnist_core.engine.backends import devices

        control = RunControl(self.run, self._leave, lambda _: None)
        context = RunContext(self._config(), self._workspace, self.run, control)
        try:
            with devices.naming_out_of_memory():
                return resolve_name(self._task.function)(context)
        except devices.OutOfMemory:
            raise StudioError(_(devices.NO_MEMORY)) from None
        finally:
            keras.utils.clear_session()  # so that the next task's layers are numbered from the start: curves name them

    def _config(self) -> Config:
        """The task's, with the names that its files have here. Its models are registered here by the same ids."""
        registry, changes = Registry(self._workspace), {}
        for model in self._task.models:
            registry.add(model.card, model.write, model_id=model.id)
        for setting, (name, content) in self._task.files.items():
            path = self._workspace.root / setting / name
            path.parent.mkdir()
            path.write_bytes(content)
            changes[setting] = str(path)
        return self._task.config.model_copy(update=changes)
