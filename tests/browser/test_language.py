"""The app's language: the browser's, until a person chooses another."""

from playwright.sync_api import Browser, expect

from mnist_core.common.language import LANGUAGES
from tests.browser.conftest import Server
from tests.browser.window import Window


def test_a_chosen_language_is_kept(browser: Browser, server: Server) -> None:
    """In a Chinese browser the app is Chinese; the switch changes all texts at once, and a reload keeps them."""
    context = browser.new_context(locale="zh-CN")
    window = Window(context.new_page(), server.url)
    window.open()
    expect(window.page.locator("html[lang='zh-CN']")).to_be_attached()
    window.page.get_by_role("button", name=LANGUAGES["zh_CN"]).click()
    window.page.get_by_role("menuitem", name=LANGUAGES["en"]).click()
    for _ in range(2):
        expect(window.page.locator("html[lang='en']")).to_be_attached()
        expect(window.page.get_by_role("heading", name="Draw", exact=True)).to_be_visible()
        window.open()
    assert not window.console_errors
    context.close()
