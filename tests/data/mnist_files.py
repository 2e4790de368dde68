"""Small files in MNIST's forms, and a server for them."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.data import idx

Arrays = dict[str, npt.NDArray[Any]]


def save(path: Path, arrays: Arrays) -> Path:
    np.savez(path, allow_pickle=True, **arrays)
    return path


def write_idx(folder: Path, arrays: Arrays, *, gz: bool = False, dots: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    for name, file_name in idx.FILES.items():
        content = idx.pack(arrays[name])
        file_name = file_name.replace("-idx", ".idx") if dots else file_name
        (folder / (file_name + ".gz" * gz)).write_bytes(gzip.compress(content) if gz else content)
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A real web server for `folder`; yields its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def fingerprints(arrays: Arrays) -> dict[str, str]:
    """What `MNIST_MD5` would hold if these arrays were MNIST."""
    import hashlib

    return {name: hashlib.md5(idx.pack(arrays[name])).hexdigest() for name in idx.FILES}
