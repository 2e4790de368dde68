"""One service for the tests that change nothing of it."""

from collections.abc import Iterator

import pytest

from mnist_core.common.workspace import Workspace
from tests.service.client import Client, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(Workspace.open(tmp_path_factory.mktemp("service"))) as found:
        yield found
