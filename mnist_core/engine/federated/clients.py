"""The clients of a simulation: collections of drawings, each in a part to learn and a part that judges."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing, images, labels
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.files import expanded
from mnist_core.common.language import Text, _, n_
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig

FEWEST = 10
"""A client has at least this many drawings."""
FEWEST_CLIENTS = 2

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Client:
    """One collection of drawings: images (N, 28, 28) and labels (N,)."""

    name: str
    x: Images
    """To learn."""
    y: Labels
    x_held_out: Images
    """To judge."""
    y_held_out: Labels
    contents: tuple[str, ...] = ()
    """The hashes of the drawings to learn."""
    contents_held_out: tuple[str, ...] = ()
    """The hashes of those that judge."""

    @classmethod
    def of(cls, name: str, learned: Sequence[Drawing], held_out: Sequence[Drawing]) -> "Client":
        """The client that has these drawings."""
        contents, contents_held_out = (tuple(each.sha256 for each in part) for part in (learned, held_out))
        x, x_held_out = images(learned), images(held_out)
        return cls(name, x, labels(learned), x_held_out, labels(held_out), contents, contents_held_out)


def gather(config: FederateConfig) -> tuple[list[Client], list[Text]]:
    """The clients that the config names, and warnings.

    Raises:
        InputError: a file or a folder cannot be read, a drawing has no label or no writer, or there are too few
            clients.
    """
    found = by_client(config)
    clients = [client(name, drawings, config) for name, drawings in found.items() if len(drawings) >= FEWEST]
    if len(clients) < FEWEST_CLIENTS:
        raise InputError(
            n_(
                "Federated learning needs at least {clients} clients with {fewest} labelled drawings each. There is "
                "{n}. Give a file of drawings with writers, or folders of workspaces.",
                "Federated learning needs at least {clients} clients with {fewest} labelled drawings each. There are "
                "{n}. Give a file of drawings with writers, or folders of workspaces.",
                len(clients),
                clients=FEWEST_CLIENTS,
                fewest=FEWEST,
            )
        )
    left_out = len(found) - len(clients)
    warning = n_(
        "{n} client has fewer than {fewest} labelled drawings and does not take part.",
        "{n:,} clients have fewer than {fewest} labelled drawings and do not take part.",
        left_out,
        fewest=FEWEST,
    )
    return clients, [warning] if left_out else []


def by_client(config: FederateConfig) -> dict[str, list[Drawing]]:
    """Client → all its drawings.

    Raises:
        InputError: a file or a folder cannot be read, or a drawing has no label or no writer.
    """
    found = _writers(config.drawings) if config.drawings else {}
    for folder in config.folders:
        found[_free(Path(folder).name, found)] = collected(folder)
    return found


def client(name: str, drawings: list[Drawing], config: FederateConfig) -> Client:
    """Hold out a share of each digit, as far as there are enough drawings, but at least one drawing."""
    y = labels(drawings)
    order = np.random.default_rng(config.seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    place = np.floor(np.arange(len(y) + 1) * config.held_out)
    held_out = order[np.diff(place) > 0] if place[-1] else order[-1:]
    learned = np.setdiff1d(order, held_out)
    if not len(learned):
        learned, held_out = held_out[:1], held_out[1:]
    return Client.of(name, [drawings[n] for n in learned], [drawings[n] for n in held_out])


def collected(folder: str) -> list[Drawing]:
    """The drawings that are collected in a workspace, in which nothing is made: it may be somebody else's.

    Raises:
        InputError: the folder is no workspace.
    """
    place = Workspace(expanded(folder).absolute())
    if not place.database.is_file():
        raise InputError(_("There is no workspace {folder}.", folder=folder))
    return DrawingStore(place).all()


def _writers(name: str) -> dict[str, list[Drawing]]:
    """Writer → drawings, in the order of the file."""
    path = expanded(name)
    found: dict[str, list[Drawing]] = defaultdict(list)
    for number, drawing in enumerate(file_formats.labelled(file_formats.read(path), path.name), 1):
        if not drawing.writer:
            raise InputError(
                _(
                    '{file}: drawing {number} has no writer. Give each line a "writer": each writer is a client.',
                    file=path.name,
                    number=number,
                )
            )
        found[drawing.writer].append(drawing)
    return found


def _free(name: str, taken: dict[str, list[Drawing]]) -> str:
    """The name, with a number if it is taken."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
