"""serve: predictions for other programs, over HTTP."""

import gc
import sys
import threading
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_core.cli.shared import WorkspaceOption, errors
from mnist_core.common import cancelling, keys, language, log, processes
from mnist_core.common.errors import InputError
from mnist_core.common.hosts import THIS_MACHINE, is_this_machine
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.service.state import PORT

if TYPE_CHECKING:
    from mnist_core.service.address import Address
    from mnist_core.service.server import Server


def serve(
    host: Annotated[
        str, typer.Option(help=_("The address to listen at. Any other than this machine's own needs --api-key-file."))
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("The port to listen at."))] = PORT,
    model: Annotated[
        str, typer.Option("--model", help=_("The name or id of a model. [the active model, whichever it is]"))
    ] = "",
    canary: Annotated[str, typer.Option(help=_("A model that answers a share of the requests."))] = "",
    share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help=_("With --canary: the share of the requests that it answers. [0.1]")),
    ] = None,
    shadow: Annotated[
        str, typer.Option(help=_("A model that predicts the same drawings silently, for a comparison."))
    ] = "",
    api_key_file: Annotated[
        Path | None, typer.Option(help=_("A file with the API keys, one a line. Clients must send one of them."))
    ] = None,
    certfile: Annotated[Path | None, typer.Option(help=_("A certificate (PEM), to serve over HTTPS."))] = None,
    keyfile: Annotated[
        Path | None, typer.Option(help=_("The certificate's private key, unless --certfile has it."))
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(help=_("A host name that clients may use, such as that of a proxy. May be repeated.")),
    ] = None,
    keep_inputs: Annotated[
        bool,
        typer.Option(
            "--keep-inputs", help=_("Put the drawings with the least certain predictions into the review queue.")
        ),
    ] = False,
    monitor: Annotated[
        bool, typer.Option(help=_("Log figures of each prediction, never the drawing, for the Monitor page."))
    ] = True,
    access_log: Annotated[
        bool, typer.Option(help=_("Print a line of JSON for each request on standard output."))
    ] = True,
    ends_with_app: Annotated[bool, typer.Option("--ends-with-app", hidden=True)] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Answer predictions over HTTP."""
    if keyfile and not certfile:
        raise InputError(_("--keyfile needs --certfile."))
    if share is not None and not canary:
        raise InputError(_("--share needs --canary."))
    local, known = is_this_machine(host), keys.read(api_key_file)
    if not local and not known:
        raise InputError(
            _("Other machines could use the service at {host}. Name the file of an API key with --api-key-file.",
              host=host)
        )  # fmt: skip
    with processes.telling_failure() if ends_with_app else nullcontext():
        with cancelling.loading():
            from mnist_core.service.access import AccessPolicy
            from mnist_core.service.address import Address
            from mnist_core.service.server import Server
            from mnist_core.service.serving import Options, Service
            from mnist_core.service.watching import Watch
        hosts = (*THIS_MACHINE, host, *(allowed_host or [])) if local else tuple(allowed_host or [])
        options = Options(
            model, canary, Options.share if share is None else share, shadow, keep_inputs, AccessPolicy(hosts, known)
        )
        address = Address(host, port, certfile, keyfile)
        place = Workspace.open(workspace)
        service = Service(place, options, [Watch(place, _alert)] if monitor else [])
        server = Server(service, address, access_log=access_log)
    if ends_with_app:
        threading.Thread(target=_end_with_app, args=(server,), daemon=True).start()
    gc.collect()
    gc.freeze()  # looking through the libraries' objects again and again would take 50 ms each time
    with language.speaking(language.SOURCE):  # it answers programs
        server.run(partial(_say_where, address, local=local))
    errors.print(_("The service has ended."))


def _say_where(address: "Address", *, local: bool) -> None:
    errors.print(_("The service runs at {url} (Ctrl-C ends it)", url=address.url), soft_wrap=True)
    if not local and not address.certfile:
        warning = _("Without --certfile, the API key and the drawings travel unencrypted.")
        errors.print(_("warning: {message}", message=warning), soft_wrap=True)


def _alert(text: Text) -> None:
    message = _("alert: {message}", message=text)
    log.logger.warning("%s", message)
    errors.print(message, soft_wrap=True)


def _end_with_app(server: "Server") -> None:
    """The app's end of standard input closes when the app ends."""
    sys.stdin.read()
    server.stop()
