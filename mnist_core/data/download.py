"""Download MNIST from the first mirror that answers."""

import http.client
import io
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

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
        StudioError: no mirror answered; the message says what each said, and how to go on without the network.
    """
    tell = progress or (lambda _: None)
    answers = []
    for url, attempt in ((NPZ, _npz), *((folder, _idx) for folder in IDX_FOLDERS)):
        try:
            arrays = attempt(url, tell)
            check(arrays)
        except (OSError, http.client.HTTPException, ValueError, InputError) as error:
            answers.append(f"{urlsplit(url).hostname}: {_said(error, url)}")
        else:
            return arrays
    raise StudioError(f"{OFFLINE_ADVICE} The mirrors: {'; '.join(answers)}.")


def _said(error: Exception, url: str) -> str:
    """What went wrong, in a few words."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code}"
    if isinstance(error, InputError):
        return "the answer is not MNIST"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer was cut off"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return "a secure connection could not be made"
    if isinstance(cause, OSError):
        return f"{_of_connection(cause)}{_by_way_of(url)}"
    return "the answer is not HTTP"


def _of_connection(cause: OSError) -> str:
    if "Tunnel connection failed" in str(cause):
        return f"the proxy refused ({str(cause).removeprefix('Tunnel connection failed: ')})"
    if isinstance(cause, TimeoutError):
        return f"no answer in {TIMEOUT_S} s"
    if isinstance(cause, socket.gaierror):
        return "its name was not found"
    if isinstance(cause, ConnectionError):
        return "the connection was refused or broke off"
    return cause.strerror or "no connection"


def _by_way_of(url: str) -> str:
    """The proxy that was asked, without a name and password that may stand in its address."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return ""
    return f", by way of the proxy {proxy.rpartition('@')[2].removeprefix('http://')}"


def _npz(url: str, tell: Progress) -> Arrays:
    return npz.parse(io.BytesIO(_fetch(url, tell)), "the download", tuple(idx.FILES))


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
    opener = urllib.request.build_opener()  # a new one, as proxies may have been set since the last
    with opener.open(url, timeout=TIMEOUT_S) as response:
        length = int(response.headers.get("Content-Length") or 0)
        while chunk := response.read(CHUNK):
            received.write(chunk)
            if received.tell() > MAX_BYTES:
                raise InputError(f"{url} sends more than MNIST holds.")
            tell(min(1.0, received.tell() / length) if length else 0.0)
        if received.tell() < length:
            raise http.client.IncompleteRead(received.getvalue(), length - received.tell())
    return received.getvalue()
