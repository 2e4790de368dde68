"""Federated learning over a network: the server, which sees no drawing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import uvicorn
from starlette.applications import Starlette

from mnist_core.common import keys
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import expanded
from mnist_core.common.hosts import THIS_MACHINE, is_this_machine
from mnist_core.common.language import _
from mnist_core.config.federated import FederateServeConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted
from mnist_core.engine.federated.federation import Federation, UntilStopped
from mnist_core.engine.federated.http_app import LONG_POLL_S, Access, web_app
from mnist_core.engine.federated.http_grid import HttpGrid
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs import preflight
from mnist_core.jobs.progress import Progress
from mnist_core.models.registry import Registry

STARTING_S = 10


def serve(context: RunContext[FederateServeConfig]) -> FederateReport:
    """Wait for the clients, then train with them. A run that was cut off continues when they are there again.

    Raises:
        Stop: before a round was complete.
        Discard, Interrupted: as `Control.check` does.
        InputError: the model cannot be tuned, or the server cannot listen there.
        StudioError: not all clients have answered.
    """
    config = context.config
    context.run.write_progress(Progress())
    around = context.with_control(UntilStopped(context.control))
    around.tell("loading")
    base = Registry(context.workspace).of_config(config.model)
    preflight.check_tunable(base)
    tokens = keys.read(expanded(config.token_file) if config.token_file else None)
    with keras.device(devices.choose(config.device)):
        around.tell("building")
        training = LocalTraining(config, context.workspace, base, [], around.control)
        grid = HttpGrid(training.initial, around.control.check, config)
        access = Access(tokens, (*THIS_MACHINE, config.host) if is_this_machine(config.host) else ())
        settings = {"settings": config.for_clients, "model": base.name, "digest": training.digest}
        try:
            with listening(config, web_app(grid, settings, access)), telling_the_end(grid):
                around.tell("awaiting_clients")
                grid.await_clients()
                report = Federation(around, base, training, grid, grid.names, []).run()
        finally:
            training.tuner.release()
    return report


@contextmanager
def telling_the_end(grid: HttpGrid) -> Iterator[None]:
    """The clients hear that the block has ended, unless it can go on: then they try again until it does."""
    try:
        yield
    except Interrupted:
        raise
    except BaseException:
        grid.end(_("The server has ended the run without a result."))
        raise
    grid.end()


@contextmanager
def listening(config: FederateServeConfig, app: Starlette) -> Iterator[None]:
    """The app, in a thread.

    Raises:
        InputError: the address or the certificate cannot be used.
        StudioError: it does not start.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((config.host, config.port))
    except (OSError, UnicodeError) as error:
        opened.close()
        raise InputError(
            _(
                "The server cannot listen at {host}, port {port}: {reason}.",
                host=config.host,
                port=str(config.port),
                reason=str(error),
            )
        ) from None
    certfile, keyfile = (str(expanded(each)) if each else None for each in (config.certfile, config.keyfile))
    try:
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_config=None, log_level="critical", access_log=False, proxy_headers=False, server_header=False,
                ssl_certfile=certfile, ssl_keyfile=keyfile, ws="none", lifespan="off",
                timeout_graceful_shutdown=int(LONG_POLL_S),
            )
        )  # fmt: skip
        server.config.load()
    except OSError as error:
        opened.close()
        raise InputError(_("The certificate cannot be used: {reason}.", reason=str(error))) from None
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + STARTING_S
        while not server.started:
            if not thread.is_alive() or time.monotonic() > until:
                raise StudioError(_("The server does not start."))
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(LONG_POLL_S)
        opened.close()
