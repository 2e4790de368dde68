"""Download MNIST from the first mirror that answers."""

import http.client
import io
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import Text, _, advice, listed, sentences
from mnist_core.data import idx, npz

NPZ = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
IDX_FOLDERS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
TIMEOUT_S = 15
CHUNK = 1 << 16
MAX_BYTES = 64 * 2**20
"""More than any of these files needs."""

Progress = Callable[[float], None]
Arrays = dict[str, npt.NDArray[np.uint8]]


def download_mnist(check: Callable[[Arrays], None], progress: Progress | None = None) -> Arrays:
    """The four arrays, from the first mirror whose files `check` accepts as MNIST.

    Args:
        check: raises InputError if the arrays are something else.
        progress: called with the share (0…1) that has arrived.

    Raises:
        StudioError: no mirror has sent MNIST; the message says what to do and gives the mirrors' reasons.
    """
    tell = progress or (lambda _: None)
    answers = []
    for url, attempt in ((NPZ, _npz), *((folder, _idx) for folder in IDX_FOLDERS)):
        try:
            arrays = attempt(url, tell)
            check(arrays)
        except (OSError, http.client.HTTPException, ValueError, InputError) as error:
            answers.append(_said(error, url))
        else:
            return arrays
    failed = _("MNIST is not on this machine and could not be downloaded.")
    raise StudioError(sentences([failed, _way_out(), *_each_reason_once(answers)]))


def _way_out() -> Text:
    return advice(
        app=_(
            "Import mnist.npz or the four IDX files on the Train page, or choose the dataset digits there, which "
            "comes with the program."
        ),
        command_line=_(
            "Set MNIST_STUDIO_DATA to the place of mnist.npz or of the four IDX files, or train on the data "
            "set that comes with the program: --dataset digits"
        ),
    )


def _each_reason_once(answers: Iterable[Text]) -> Iterator[Text]:
    """The sentences; those that differ in their host alone become one with all the hosts."""
    hosts: dict[Text, dict[str, None]] = {}
    for each in answers:
        alike = Text(each.source, values={**each.values, "host": "{host}"})
        hosts.setdefault(alike, {})[each.values["host"]] = None
    for alike, named in hosts.items():
        yield Text(alike.source, values={**alike.values, "host": listed(named)})


def _said(error: Exception, url: str) -> Text:
    """What went wrong with a mirror, in a sentence with its `host`."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urlsplit(url).hostname or url
    if isinstance(error, urllib.error.HTTPError):
        return _("{host} answered with the HTTP status {status}.", host=host, status=error.code)
    if isinstance(error, InputError):
        return _("{host} sent a file that is not MNIST.", host=host)
    if isinstance(error, http.client.IncompleteRead):
        return _("{host} sent only a part of the file.", host=host)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _("The certificate of {host} is not trusted ({reason}).", host=host, reason=cause.verify_message)
    if isinstance(cause, ssl.SSLError):
        return _("A secure connection to {host} could not be made.", host=host)
    if isinstance(cause, OSError):
        return _of_connection(cause, _with_proxy(host, url))
    return _("{host} did not answer in HTTP.", host=host)


def _of_connection(cause: OSError, host: str) -> Text:
    tunnel = "Tunnel connection failed"
    if tunnel in str(cause):
        return _(
            "No connection to {host}: the proxy refused ({reason}).", host=host, reason=str(cause)[len(tunnel) + 2 :]
        )
    if isinstance(cause, TimeoutError):
        return _("{host} did not answer within {seconds} s.", host=host, seconds=TIMEOUT_S)
    if isinstance(cause, socket.gaierror):
        return _("No address was found for {host}.", host=host)
    if isinstance(cause, ConnectionError):
        return _("The connection to {host} was refused or interrupted.", host=host)
    if cause.strerror:
        return _("No connection to {host}: {reason}.", host=host, reason=cause.strerror)
    return _("No connection to {host}.", host=host)


def _with_proxy(host: str, url: str) -> str:
    """The host and the proxy in between, if any, without the name and password that its address may have."""
    proxy = urllib.request.getproxies().get(urlsplit(url).scheme)
    if not proxy or urllib.request.proxy_bypass(host):
        return host
    return _("{host} (through the proxy {proxy})", host=host, proxy=proxy.rpartition("@")[2].removeprefix("http://"))


def _npz(url: str, tell: Progress) -> Arrays:
    return npz.parse(io.BytesIO(_fetch(url, tell)), _("The download"), tuple(idx.FILES))


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
    opener = urllib.request.build_opener()  # a new one, because the proxies may have changed
    with opener.open(url, timeout=TIMEOUT_S) as response:
        length = int(response.headers.get("Content-Length") or 0)
        while chunk := response.read(CHUNK):
            received.write(chunk)
            if received.tell() > MAX_BYTES:
                raise InputError(_("{url} sends more than MNIST has.", url=url))
            tell(min(1.0, received.tell() / length) if length else 0.0)
        if received.tell() < length:
            raise http.client.IncompleteRead(received.getvalue(), length - received.tell())
    return received.getvalue()
