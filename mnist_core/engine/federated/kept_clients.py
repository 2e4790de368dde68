"""Which drawings each client of a run learns and which judge: kept, so that a resumed run does not mix them."""

from collections import defaultdict
from collections.abc import Sequence

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.files import write_json
from mnist_core.common.language import Text, _
from mnist_core.common.records import Part, Record
from mnist_core.config.federated import FederateConfig
from mnist_core.engine.federated.clients import Client, by_client, gather
from mnist_core.jobs.runs import Run


class KeptClient(Part):
    """The hashes of a client's drawings."""

    name: str
    learned: tuple[str, ...]
    held_out: tuple[str, ...]


class KeptClients(Record):
    """The clients of a run."""

    clients: tuple[KeptClient, ...]


def clients_of(run: Run, config: FederateConfig) -> tuple[list[Client], list[Text]]:
    """The clients of a run, and warnings. A resumed run has the same clients with the same drawings.

    What has been collected since the run began does not take part.

    Raises:
        InputError: as for `gather`, or a client has lost all drawings of a part.
        UnreadableError: the file with the hashes is damaged.
    """
    path = run.clients
    if path.exists():
        kept = KeptClients.parse(path.read_bytes(), _("{file} of run {run}", file=path.name, run=run.id))
        found = by_client(config)
        return [_again(each, found.get(each.name, [])) for each in kept.clients], []
    clients, warnings = gather(config)
    kept = KeptClients(
        clients=tuple(
            KeptClient(name=each.name, learned=each.contents, held_out=each.contents_held_out) for each in clients
        )
    )
    write_json(path, kept.values())
    return clients, warnings


def _again(kept: KeptClient, drawings: Sequence[Drawing]) -> Client:
    """The client with those of its drawings that are still there, in the same order."""
    by_content: dict[str, list[Drawing]] = defaultdict(list)
    for drawing in reversed(drawings):
        by_content[drawing.sha256].append(drawing)
    parts = [
        [by_content[content].pop() for content in contents if by_content[content]]
        for contents in (kept.learned, kept.held_out)
    ]
    if not all(parts):
        raise InputError(_("The drawings of client {name} are not there any more.", name=kept.name))
    return Client.of(kept.name, *parts)
