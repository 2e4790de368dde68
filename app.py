"""MNIST Studio: `streamlit run app.py`. Navigation, page set-up and the status bar; the pages do the rest.

Streamlit's server imports this file for the server's own part. Each look at a page runs it as a script.
"""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages import server, warm_up


def main() -> None:
    warm_up.wait()  # the imports that follow are its

    from mnist_core.common import log
    from mnist_core.common.errors import StudioError
    from mnist_core.common.language import _
    from mnist_core.common.workspace import ASSETS
    from pages import language
    from pages.studio import open_studio
    from pages.widgets import notices, status_bar, streamlit_words, tour
    from pages.widgets.guarded import errors_shown, show_error

    language.determine()
    st.set_page_config(page_title="MNIST Studio", page_icon=str(ASSETS / "icon.png"), layout="wide")

    try:
        open_studio()
    except Exception as error:  # noqa: BLE001 – a boundary, which logs it
        show_error(StudioError(_("MNIST Studio cannot start. {reason}", reason=log.told(error))))
        st.stop()

    waits = notices.waiting()

    def page_of(name: str, title: str, icon: str, *, default: bool = False) -> StreamlitPage:
        marked = f"{title} ({waits[name]})" if name in waits else title
        return st.Page(f"pages/{name}.py", title=marked, icon=f":material/{icon}:", default=default)

    pages = {
        "draw": page_of("draw", _("Draw"), "draw", default=True),
        "fine_tune": page_of("fine_tune", _("Fine-tune"), "school"),
        "train": page_of("train", _("Train"), "model_training"),
        "runs": page_of("runs", _("Runs"), "timeline"),
        "evaluate": page_of("evaluate", _("Evaluate"), "grading"),
        "monitor": page_of("monitor", _("Monitor"), "monitoring"),
        "compress": page_of("compress", _("Compress"), "compress"),
        "models": page_of("models", _("Models"), "deployed_code"),
        "settings": page_of("settings", _("Settings"), "settings"),
        "help": st.Page("pages/help.py", title=_("Help"), icon=":material/help:", visibility="hidden"),
    }
    page = st.navigation(list(pages.values()), position="top")
    if wanted := pages.get(st.session_state.pop("wanted_page", "")):
        st.session_state["page"] = wanted.url_path
        st.switch_page(wanted)
    st.session_state["page"] = page.url_path
    if notices.seen(page.url_path):
        st.rerun()  # without its mark

    with errors_shown():
        notices.tell()
        streamlit_words.translate()
        language.tell_browser()
        with st.container(horizontal=True, key="narrow-navigation"):
            for name, each in pages.items():
                with st.container(key="narrow-current" if each is page else f"narrow-{name}", width="content"):
                    st.page_link(each)
    top_line = st.container(horizontal=True, vertical_alignment="center", key="top-line")
    with errors_shown(), top_line:
        status_bar.show()
    with errors_shown():
        tour.show(page.url_path or "draw")
    with errors_shown():
        page.run()
    with errors_shown(), top_line:  # last, because the browser loads fifteen files for this menu
        with st.container(key="help-link", width="content"):
            st.page_link(pages["help"], help=_("Keyboard shortcuts and more: press ?"))
        language.switch()
    warm_up.page_sent()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=server.ROUTES, middleware=server.MIDDLEWARE, lifespan=server.lifespan)
