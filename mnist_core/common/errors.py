"""The errors that people see: what happened, what is allowed, what was given, what to do."""

from mnist_core.common.language import Text, _


class StudioError(Exception):
    """Something could not be done; the message is one line, written for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.text = message if isinstance(message, Text) else Text(message)
        """The message, as it can be stored."""


class InputError(StudioError):
    """The arguments or the input are wrong, and the person can fix them (exit status 2)."""


class UnreadableError(StudioError):
    """A file of the workspace is damaged, or another version wrote it. Everything else continues without it."""


class StorageError(StudioError):
    """The system refuses a file: no space, no permission, a missing folder."""


def details(error: Exception) -> Text:
    """The sentence for an error that a library raised: its argument, if that is a text."""
    own = error.args[0] if error.args else None
    return (
        own if isinstance(own, Text) else _("Details: {error}.", error=str(error).rstrip(".") or type(error).__name__)
    )
