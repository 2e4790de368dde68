"""The Settings page."""

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.jobs import compute, nodes
from tests.pages.app import open_page, texts


def test_an_address_and_a_token_are_stored(app: AppTest, workspace: Workspace) -> None:
    """The token is not shown again."""
    page = open_page(app, "settings")
    assert not page.exception
    assert page.button(key="settings.test").disabled
    page.text_input(key="settings.cluster").set_value("server")
    page.number_input(key="settings.gpu_share").set_value(0.25).run()
    page.text_input(key="settings.token").set_value("secret")
    page.button(key="settings.save").click().run()
    assert compute.read(workspace) == Compute(cluster="ray://server:10001", gpu_share=0.25)
    assert workspace.cluster_token.read_text() == "secret"
    assert page.text_input(key="settings.token").value == ""
    assert page.text_input(key="settings.token").placeholder == "stored"
    assert page.text_input(key="settings.cluster").value == "ray://server:10001"


def test_train_says_that_the_cluster_trains(app: AppTest, workspace: Workspace) -> None:
    """Beside its button, with a link to Settings; without a cluster, nothing."""
    said = "The training starts on the cluster"
    page = open_page(app, "train")
    assert not any(said in each.proto.label for each in page.get("page_link"))
    compute.keep(workspace, Compute(cluster="server"))
    (link,) = [each.proto for each in page.run().get("page_link") if said in each.proto.label]
    assert "server" in link.label
    assert link.page == "settings"


def test_a_wrong_address_cannot_be_stored(app: AppTest) -> None:
    """The field says what is allowed."""
    page = open_page(app, "settings")
    page.text_input(key="settings.cluster").set_value("http://server").run()
    assert "Cluster must be an address such as ray://server:10001" in page.error[0].value
    assert page.button(key="settings.save").disabled


def test_the_connection_is_tested(app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows the nodes, or why there are none."""
    compute.keep(workspace, Compute(cluster="server"))
    used = []

    def ask(address: str, workspace: Workspace) -> list[nodes.Node]:
        used.append(workspace.cluster_token.read_text())
        return [nodes.Node(address, 4, 1)]

    monkeypatch.setattr(nodes, "ask", ask)
    page = open_page(app, "settings")
    page.text_input(key="settings.token").set_value("typed")
    page.button(key="settings.test").click().run()
    assert used == ["typed"]
    assert "Connected: 1 node." in texts(page)
    assert page.dataframe[0].value.iloc[0].tolist() == ["ray://server:10001", 4, 1]

    def fail(_address: str, _workspace: Workspace) -> None:
        raise StudioError("The cluster does not answer.")

    monkeypatch.setattr(nodes, "ask", fail)
    page.button(key="settings.test").click().run()
    assert [each.value for each in page.error] == ["The cluster does not answer\\."]
    assert not page.dataframe


def test_notifications_of_the_browser_are_switched(app: AppTest, workspace: Workspace) -> None:
    """They are off until a person wants them."""
    page = open_page(app, "settings")
    assert page.code[0].value == str(workspace.root)
    assert not page.toggle(key="settings.notifications").value
    page.toggle(key="settings.notifications").set_value(True).run()
    assert page.session_state["notices.in_browser"]
    assert page.toggle(key="settings.notifications").value
    assert not page.exception


def test_a_token_can_be_forgotten(app: AppTest, workspace: Workspace) -> None:
    page = open_page(app, "settings")
    assert page.button(key="settings.forget").disabled
    compute.keep_token(workspace, "secret")
    page.run()
    page.button(key="settings.forget").click().run()
    assert not workspace.cluster_token.exists()
    assert page.button(key="settings.forget").disabled
