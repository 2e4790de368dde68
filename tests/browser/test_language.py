"""The app's language: the browser's, until a person chooses another."""

import gettext

from playwright.sync_api import Browser, expect

from mnist_core.common.language import CATALOGUES, DOMAIN, LANGUAGES
from tests.browser.conftest import Server
from tests.browser.window import Window


def test_a_chosen_language_is_kept(browser: Browser, server: Server) -> None:
    """In a Chinese browser the app is Chinese; the switch changes all texts and no choice, and a reload keeps it."""
    context = browser.new_context(locale="zh-CN")
    window = Window(context.new_page(), server.url)
    window.open("evaluate")
    expect(window.page.locator("html[lang='zh-CN']")).to_be_attached()
    title = gettext.translation(DOMAIN, CATALOGUES, ["zh_CN"], fallback=True).gettext("Evaluate")
    expect(window.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    source = window.page.get_by_role("combobox").nth(2)
    source.click()
    window.page.get_by_role("option").nth(2).click()
    window.settle()
    window.page.get_by_role("button", name=LANGUAGES["zh_CN"]).click()
    window.page.get_by_role("menuitem", name=LANGUAGES["en"]).click()
    expect(source).to_have_value("digits test set")
    for _ in range(2):
        window.open()
        expect(window.page.locator("html[lang='en']")).to_be_attached()
        expect(window.page.get_by_role("heading", name="Draw", exact=True)).to_be_visible()
    assert not window.console_errors
    context.close()
