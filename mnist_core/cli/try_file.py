"""The process that tries an exported file. It imports what the file's runtime needs, and no more."""

from pathlib import Path

from mnist_core.common import processes
from mnist_core.engine.export import runtimes


def try_file_command(runtime: str, path: Path, folder: Path) -> None:
    """Open an exported file in its own runtime and predict the images in the folder's images.npy."""
    with processes.telling_failure():
        runtimes.try_file(runtime, path, folder / "images.npy", folder / "tried.npz")
