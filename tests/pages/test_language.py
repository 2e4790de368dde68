"""The language of the tab that is being served."""

import pytest
from streamlit.testing.v1 import AppTest

from pages import language
from tests.pages.conftest import PATIENCE_S


def _says_a_text() -> None:
    import pytest
    import streamlit as st

    from mnist_core.common.language import _
    from pages import language

    def looked() -> None:
        raise AssertionError("a text looks into the session state")

    language.determine()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.runtime.state.session_state_proxy.get_session_state", looked)
        said = _("Train")
    st.markdown(said)


def _says_another() -> None:
    import streamlit as st

    from mnist_core.common.language import _
    from pages import language

    if st.button("switch"):
        language.determine()
    st.markdown(_("Train"))


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """These sessions are not known yet."""
    monkeypatch.setattr(language, "_spoken", {})


def test_a_text_does_not_look_into_the_session_state() -> None:
    """Streamlit may end the script there, and a transaction with it."""
    app = AppTest.from_function(_says_a_text, default_timeout=PATIENCE_S).run()
    assert not app.exception
    assert app.markdown[0].value == "Train"


def test_a_session_that_is_not_known_is_asked_once() -> None:
    """What it has chosen holds from the next run on."""
    app = AppTest.from_function(_says_another, default_timeout=PATIENCE_S)
    app.session_state[language.CHOSEN] = "zh_CN"
    assert app.run().markdown[0].value == "训练"
    app.session_state[language.CHOSEN] = "en"
    assert app.run().markdown[0].value == "训练"
    assert app.button[0].click().run().markdown[0].value == "Train"


def test_the_languages_of_a_bounded_number_of_sessions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten first."""
    monkeypatch.setattr(language, "MAX_SESSIONS", 2)
    monkeypatch.setattr(language, "_spoken", {"a": "en", "b": "zh_CN"})
    AppTest.from_function(_says_a_text, default_timeout=PATIENCE_S).run()
    assert next(iter(language._spoken)) == "b"
    assert len(language._spoken) == 2
