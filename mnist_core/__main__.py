"""`python -m mnist_core`."""

from mnist_core.cli.app import main

if __name__ == "__main__":
    main()
