"""Where trainings are computed, as the workspace keeps it."""

import stat
from typing import Any

import pytest

from mnist_core.common import language
from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.files import IS_WINDOWS
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.jobs import compute, nodes


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", ""), ("here", ""), ("server", "ray://server:10001"), ("10.0.0.7:123", "ray://10.0.0.7:123"),
        (" ray://gpu-server.example:10001 ", "ray://gpu-server.example:10001"), ("[::1]", "ray://[::1]:10001"),
    ],
)  # fmt: skip
def test_an_address(given: str, meant: str) -> None:
    assert Compute(cluster=given).cluster == meant


@pytest.mark.parametrize(
    "wrong",
    [
        "http://server:10001", "server:0", "server:70000", "a b", "ray://", "-;rm", "[::::]", "[1.2.3.4]", "..", "a..b",
        f"{'a' * 64}.org",
    ],
)  # fmt: skip
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(InputError, match="must be an address such as ray://server:10001"):
        Compute.checked(cluster=wrong)


def test_it_is_stored(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag comes before the variable, and that before what is stored."""
    assert compute.read(workspace) == Compute()
    compute.keep(workspace, stored := Compute(cluster="server", cpus=4, gpu_share=0.25, workers=3))
    assert compute.read(workspace) == compute.wanted(workspace, {}) == stored
    monkeypatch.setenv("MNIST_STUDIO_CLUSTER", "other")
    assert compute.wanted(workspace, {"cpus": 2}) == Compute(cluster="other", cpus=2, gpu_share=0.25, workers=3)
    assert compute.wanted(workspace, {"cluster": "here"}).cluster == ""
    workspace.compute.write_text('{"cluster": 7}')
    with pytest.raises(UnreadableError, match="damaged"):
        compute.read(workspace)


def test_the_token_is_for_its_owner(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """It is in a file of its own that nobody else can read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in compute.OWN_TOKENS:
        monkeypatch.delenv(name, raising=False)
    assert not compute.has_token(workspace)
    compute.keep_token(workspace, " secret\n")
    assert workspace.cluster_token.read_text() == "secret"
    assert IS_WINDOWS or stat.S_IMODE(workspace.cluster_token.stat().st_mode) == 0o600
    assert compute.token_file(workspace) == workspace.cluster_token
    compute.forget_token(workspace)
    assert not compute.has_token(workspace)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    assert compute.has_token(workspace)


def test_a_test_of_the_connection_says_what_is_wrong(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's sentence and nothing else, in the app's language."""
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    with (
        language.speaking("zh_CN"),
        pytest.raises(StudioError, match=r"^位于 ray://127.0.0.1:1 的集群没有应答") as raised,
    ):
        nodes.ask("ray://127.0.0.1:1", workspace)
    with language.speaking("en"):
        assert raised.value.text.again().startswith("The cluster at ray://127.0.0.1:1 does not answer.")
