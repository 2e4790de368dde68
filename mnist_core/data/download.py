"""Download MNIST from the first mirror that answers."""

import http.client
import io
import tempfile
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError, StudioError
from mnist_core.data import idx, npz

NPZ = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
IDX_FOLDERS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
TIMEOUT_S = 15
CHUNK = 1 << 16
MAX_BYTES = 64 * 2**20
"""More than any of these files has."""

OFFLINE_ADVICE = (
    "MNIST is not on this machine and could not be downloaded. Import mnist.npz or the four IDX files on the "
    "Train page, or point MNIST_STUDIO_DATA at them; or train on “digits”, which comes with the program "
    "(--dataset digits)."
)

Progress = Callable[[float], None]
Arrays = dict[str, npt.NDArray[np.uint8]]


def download_mnist(check: Callable[[Arrays], None], progress: Progress | None = None) -> Arrays:
    """The four arrays, from the first mirror that has what `check` takes for MNIST.

    Args:
        check: raises InputError if the arrays are something else.
        progress: called with the share (0…1) that has arrived.

    Raises:
        StudioError: no mirror answered; the message says how to go on without the network.
    """
    tell = progress or (lambda _: None)
    for attempt in (partial(_npz, NPZ), *(partial(_idx, folder) for folder in IDX_FOLDERS)):
        try:
            arrays = attempt(tell)
            check(arrays)
        except (OSError, http.client.HTTPException, InputError):
            continue  # no answer, half an answer, or a page of the network's own in place of the file
        return arrays
    raise StudioError(OFFLINE_ADVICE)


def _npz(url: str, tell: Progress) -> Arrays:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mnist.npz"
        path.write_bytes(_fetch(url, tell))
        return npz.read(path, tuple(idx.FILES))


def _idx(folder: str, tell: Progress) -> Arrays:
    arrays = {}
    for done, (name, file_name) in enumerate(idx.FILES.items()):
        content = _fetch(f"{folder}/{file_name}.gz", partial(_tell_part, tell, done))
        arrays[name] = idx.unpack(idx.decompress(content, file_name), file_name)
    return arrays


def _tell_part(tell: Progress, done: int, share: float) -> None:
    tell((done + share) / len(idx.FILES))


def _fetch(url: str, tell: Progress) -> bytes:
    received = io.BytesIO()
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:  # noqa: S310 – the addresses are those above
        length = int(response.headers.get("Content-Length") or 0)
        while chunk := response.read(CHUNK):
            received.write(chunk)
            if received.tell() > MAX_BYTES:
                raise OSError(f"{url} sends more than MNIST holds")
            tell(min(1.0, received.tell() / length) if length else 0.0)
    return received.getvalue()
