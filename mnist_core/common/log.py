"""Unexpected errors: written to `workspace/studio.log` with a traceback, and told to the person in one sentence.

App, trainers and commands write to one file. Such records are rare, so each opens, rotates and closes the file under a
lock; then no process holds a file that another one rotates.
"""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from filelock import FileLock

from mnist_core.common.errors import StudioError
from mnist_core.common.files import REASONS, storage_error
from mnist_core.common.language import SOURCE, Text, _, in_language

NAME = "studio.log"
MAX_BYTES = 1_000_000
BACKUPS = 3
LOCK_S = 2.0
MOST_CAUSES = 100
"""Causes that one `Unattended` logs."""

logger = logging.getLogger("mnist_studio")
logger.propagate = False


class _SharedFile(RotatingFileHandler):
    """A rotated file that several processes write to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", errors="replace", delay=True)
        self.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
        self._lock_file = FileLock(f"{path}.lock", timeout=LOCK_S)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            with self._lock_file:
                super().emit(record)
                if self.stream is not None:
                    self.stream.close()
                    self.stream = None  # so that the next record opens it again
        except OSError:  # a full disk must not end the program that logs it; filelock's Timeout is an OSError, too
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 – logging calls it so
        """Do nothing: the person is told in any case."""


def write_to(folder: Path) -> None:
    """From now on, log into this workspace's folder."""
    for handler in logger.handlers[:]:
        if Path(getattr(handler, "baseFilename", "")) == folder / NAME:
            return
        logger.removeHandler(handler)
        handler.close()
    logger.addHandler(_SharedFile(folder / NAME))


def told(error: BaseException) -> Text:
    """The message for a person: a StudioError's own. Any other error is logged and becomes one sentence."""
    if isinstance(error, StudioError):
        return error.text
    logger.error("%s", type(error).__name__, exc_info=error)
    if isinstance(error, OSError) and error.errno in REASONS:  # others may have nothing to do with a file
        return storage_error(error).text
    if isinstance(error, MemoryError):
        return _("The memory is full. Close other programs, then try again.")
    return _("MNIST Studio did something unexpected ({error}). {where}", error=type(error).__name__, where=_where())


class Unattended:
    """Logs what goes wrong where no person is told: each cause once, because such work is done again and again."""

    def __init__(self, name: str) -> None:
        """
        Args:
            name: of the work.
        """
        self._name = name
        self._known: set[str] = set()

    def __call__(self, problem: Exception | str) -> None:
        """Log an error, or a sentence about a problem."""
        cause = f"{type(problem).__name__} {problem}"
        if cause in self._known or len(self._known) == MOST_CAUSES:
            return
        self._known.add(cause)
        if isinstance(problem, StudioError):
            problem = in_language(problem.text, SOURCE)
        if isinstance(problem, str):
            logger.error("%s: %s", self._name, problem)
        else:
            logger.error("%s", self._name, exc_info=problem)


def _where() -> Text:
    named = [Path(handler.baseFilename) for handler in logger.handlers if isinstance(handler, _SharedFile)]
    if named:
        return _("{file} has the details.", file=str(named[0]))
    return _("Set MNIST_STUDIO_DEBUG=1 to see the details.")
