"""bench serve: how fast the HTTP service answers."""

from typing import Annotated

import typer
from rich.table import Table

from mnist_core.benchmarks import serving
from mnist_core.cli.shared import JsonOption, WorkspaceOption, errors, output, print_json
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace

EXPLAINED = _("Measure the HTTP service beside a bare server: predictions a second, latency, memory.")


def bench_serve(
    requests: Annotated[
        int, typer.Option(help=_("Requests in all, before the memory is measured again."), min=1)
    ] = 100_000,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Measure the HTTP service beside a bare server."""
    found = serving.measure(Workspace.open(workspace), requests, errors.print)
    if as_json:
        print_json(found.model_dump())
        return
    table = Table(_("figure"), _("value"))
    table.add_row(_("bare server, requests a second"), f"{found.hello_per_s:,.0f}")
    table.add_row(_("service, predictions a second"), f"{found.predictions_per_s:,.0f} ({found.share:.0%})")
    table.add_row(_("latency at {rate:,.0f} a second, median", rate=found.steady_per_s), f"{found.p50_ms:.1f} ms")
    table.add_row(_("the same, 99th percentile"), f"{found.p99_ms:.1f} ms")
    table.add_row(_("requests"), f"{found.requests:,}")
    table.add_row(_("failed requests"), f"{found.failed:,}")
    table.add_row(_("memory before and after"), f"{found.memory_before_mb:.0f} MB, {found.memory_after_mb:.0f} MB")
    output.print(table)
