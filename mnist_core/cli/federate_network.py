"""federate serve, federate join: federated learning with each client in a process of its own."""

import getpass
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_core.cli.federate import federate_app, tell
from mnist_core.cli.in_process import begun, resumed, work
from mnist_core.cli.shared import (
    JsonOption,
    ModelOption,
    WorkspaceOption,
    errors,
    find_model,
    flags_of,
    libraries_silent,
    output,
    print_json,
)
from mnist_core.collection import file_formats
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common import cancelling, keys, names
from mnist_core.common.errors import InputError
from mnist_core.common.files import expanded
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateServeConfig
from mnist_core.config.fields import Config
from mnist_core.config.flags import flag
from mnist_core.evaluation import federated
from mnist_core.evaluation.reports import FederateReport
from mnist_core.evaluation.reports import as_json as as_values
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry

KIND = "federate_serve"
FEWEST = 2
FILES = ("token_file", "certfile", "keyfile")
ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 # a server that listens there is reached under the machine's name


@federate_app.command("serve", help=_("Wait for clients on this or other machines, and average their weights."))
@flags_of(FederateServeConfig, leave_out=["drawings", "collections", "held_out"])
def serve(
    resume: Annotated[str, typer.Option(help=_("Resume an interrupted or failed run, by its id."))] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Serve federated learning, or resume it."""
    place = Workspace.open(workspace)
    if resume:
        job = resumed(resume, KIND, place, workspace)
    else:
        files = {each: str(expanded(fields[each]).absolute()) for each in FILES if fields.get(each)}
        config = FederateServeConfig.checked(flag, **(fields | files))
        job = begun(KIND, config, place)
    _tell_how_to_join(Run.at(place, job.id).config())
    report = work(job, place, workspace, FederateReport)
    if as_json:
        print_json({"run": job.id, **as_values(report)})
    else:
        tell(report, workspace)


def _tell_how_to_join(config: Config) -> None:
    assert isinstance(config, FederateServeConfig)
    host = socket.gethostname() if config.host in ANY_ADDRESS else config.host
    address = f"{'https' if config.certfile else 'http'}://{f'[{host}]' if ':' in host else host}:{config.port}"
    errors.print(_("To take part, run: {command}", command=f"mnist-studio federate join {address}"), soft_wrap=True)
    if config.token_file and not config.certfile:
        warning = _("Without --certfile, the token and the weights travel unencrypted.")
        errors.print(_("warning: {message}", message=warning), soft_wrap=True)


@federate_app.command("join", help=_("Take part with your drawings, which stay on this machine."))
def join(
    address: Annotated[str, typer.Argument(help=_("The server's address, such as https://example.org:8471."))],
    drawings: Annotated[
        Path | None, typer.Option(help=_("File of labelled drawings. [the collected drawings]"))
    ] = None,
    name: Annotated[str, typer.Option(help=_("What the server calls you. [USER@COMPUTER]"))] = "",
    model: ModelOption = "",
    held_out: Annotated[
        float, typer.Option(min=0.01, max=0.99, help=_("Share of the drawings used only for testing."))
    ] = 0.3,
    token_file: Annotated[Path | None, typer.Option(help=_("File with the server's token."))] = None,
    cacert: Annotated[
        Path | None, typer.Option(help=_("Certificate (PEM) to trust, if the server's is self-signed."))
    ] = None,
    workspace: WorkspaceOption = "",
) -> None:
    """Join federated learning."""
    federated.check()
    place = Workspace.open(workspace)
    path = expanded(str(drawings)) if drawings else None
    own = file_formats.labelled(file_formats.read(path), path.name) if path else DrawingStore(place).all()
    if len(own) < FEWEST:
        raise InputError(_("Federated learning needs at least {n} labelled drawings of yours.", n=FEWEST))
    base = find_model(model, Registry(place))
    token = next(iter(keys.read(token_file)), "")
    called = names.cleaned(name or f"{getpass.getuser()}@{socket.gethostname()}")
    with cancelling.loading(), libraries_silent():
        from mnist_core.engine.federated.joining import join
        from mnist_core.engine.federated.membership import Server
    with libraries_silent():
        right = join(
            Server(address, token, cacert), called, own, base, place, held_out,
            lambda text: output.print(text, soft_wrap=True),
        )  # fmt: skip
    *asked, count = right
    if asked:
        output.print(
            _(
                "Your held-out drawings: {before} of {count} correct before, {after} after.",
                before=asked[0], after=asked[-1], count=count,
            ),
            soft_wrap=True,
        )  # fmt: skip
