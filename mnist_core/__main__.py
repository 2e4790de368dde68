"""`mnist-studio`, and `python -m mnist_core`."""

import sys

from mnist_core.common import cancelling, streams


def main() -> None:
    """Watch for signals, and a trainer for its app, first: the command line takes a second or more to load."""
    streams.prepare()
    cancelling.watch()
    if sys.argv[1:2] == ["trainer"]:
        from mnist_core.common import owner

        owner.watch()
    from mnist_core.cli.app import main as run

    with cancelling.interruptible():
        run()


if __name__ == "__main__":
    main()
