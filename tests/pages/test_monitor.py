"""The Monitor page."""

from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.models.registry import SHIPPED
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.record import rows
from tests.monitoring.seen import seen
from tests.pages.app import texts


def test_the_empty_page_explains_itself(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/monitor.py").run()
    assert not app.exception
    assert "Nothing is logged yet." in texts(app)
    assert [button.label for button in app.button if button.key == "monitor.demonstrate"] == ["Show a demonstration"]


def test_alerts_are_on_the_page_and_the_log_can_be_turned_off_and_deleted(app: AppTest, workspace: Workspace) -> None:
    log = PredictionLog(workspace)
    log.add(rows([seen(n, model_id=SHIPPED, verdict="not a digit", label=3) for n in range(60)]))
    app.run()
    app.switch_page("pages/monitor.py").run()
    assert not app.exception
    assert "100% of the last 60 drawings do not look like a digit." in texts(app)
    assert "340 more predictions are needed to tell." in texts(app)
    app.toggle(key="monitor.logged").set_value(False).run()
    assert not log.logs_drawings
    app.button(key="monitor.forget").click().run()
    assert log.streams() == []
    assert "Nothing is logged yet." in texts(app)


def test_drift_is_shown_for_each_figure(app: AppTest, workspace: Workspace) -> None:
    PredictionLog(workspace).add(rows([seen(n, model_id=SHIPPED, digit=n % 10) for n in range(500)]))
    app.run()
    app.switch_page("pages/monitor.py").run()
    assert not app.exception
    assert "**Slant** · PSI" in texts(app)
    assert "There is no alert." in texts(app)
