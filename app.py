"""MNIST Studio: `streamlit run app.py`. Navigation, page set-up and the status bar; the pages do the rest.

Streamlit's server imports this file for the server's own part. Each look at a page runs it as a script.
"""

import streamlit as st

from pages import server, warm_up


def main() -> None:
    warm_up.wait()  # the imports that follow are its

    from mnist_core.common import log
    from mnist_core.common.errors import StudioError
    from mnist_core.common.language import _
    from mnist_core.common.workspace import ASSETS
    from pages import language
    from pages.studio import open_studio
    from pages.widgets import status_bar, streamlit_words
    from pages.widgets.guarded import errors_shown, show_error

    language.determine()
    st.set_page_config(page_title="MNIST Studio", page_icon=str(ASSETS / "icon.png"), layout="wide")

    try:
        open_studio()
    except Exception as error:  # noqa: BLE001 – a boundary, which logs it
        show_error(StudioError(_("MNIST Studio cannot start. {reason}", reason=log.told(error))))
        st.stop()

    pages = {
        "draw": st.Page("pages/draw.py", title=_("Draw"), icon=":material/draw:", default=True),
        "fine_tune": st.Page("pages/fine_tune.py", title=_("Fine-tune"), icon=":material/school:"),
        "train": st.Page("pages/train.py", title=_("Train"), icon=":material/model_training:"),
        "runs": st.Page("pages/runs.py", title=_("Runs"), icon=":material/timeline:"),
        "evaluate": st.Page("pages/evaluate.py", title=_("Evaluate"), icon=":material/grading:"),
        "monitor": st.Page("pages/monitor.py", title=_("Monitor"), icon=":material/monitoring:"),
        "compress": st.Page("pages/compress.py", title=_("Compress"), icon=":material/compress:"),
        "models": st.Page("pages/models.py", title=_("Models"), icon=":material/deployed_code:"),
        "settings": st.Page("pages/settings.py", title=_("Settings"), icon=":material/settings:"),
    }
    page = st.navigation(list(pages.values()), position="top")
    if wanted := pages.get(st.session_state.pop("wanted_page", "")):
        st.session_state["page"] = wanted.url_path
        st.switch_page(wanted)
    st.session_state["page"] = page.url_path

    with errors_shown():
        streamlit_words.translate()
        language.tell_browser()
        with st.container(horizontal=True, key="narrow-navigation"):
            for each in pages.values():
                st.page_link(each, width="content")
    top_line = st.container(horizontal=True, vertical_alignment="center", key="top-line")
    with errors_shown(), top_line:
        status_bar.show()
    with errors_shown():
        page.run()
    with errors_shown(), top_line:  # last, because the browser loads fifteen files for this menu
        language.switch()
    warm_up.page_sent()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=server.ROUTES, middleware=server.MIDDLEWARE, lifespan=server.lifespan)
