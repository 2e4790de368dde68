"""The service's own page, at its address: a person draws on it and says which digit it is."""

from playwright.sync_api import Browser, expect

from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.service.access import AccessPolicy
from tests.service.client import serving

SEVEN = ((90, 60), (190, 60), (150, 140), (120, 230))
KEY = "correct-horse-battery"


def test_a_person_tries_the_service(browser: Browser, workspace: Workspace) -> None:
    """It asks for the key, predicts what is drawn, and sends the digit; nothing comes from elsewhere."""
    with serving(workspace, policy=AccessPolicy(keys=frozenset({KEY}))) as client:
        context = browser.new_context(locale="en")
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        address = f"http://127.0.0.1:{client.port}/"
        page.goto(address)
        box = page.locator("canvas").bounding_box()
        assert box is not None
        places = [(box["x"] + x, box["y"] + y) for x, y in SEVEN]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=5)
        page.mouse.up()
        key = page.get_by_label("API key")
        expect(key).to_be_focused()
        key.fill(KEY)
        key.press("Tab")
        expect(page.locator("output b")).to_have_text("7")
        page.get_by_role("button", name="7", exact=True).click()
        expect(page.locator("#said")).to_have_text("The drawing waits in the review queue.")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("output")).to_contain_text("nothing drawn")
        assert all(each.startswith(address) for each in asked)
        context.close()
    (waiting,) = ReviewQueue(workspace).next(8)
    assert (waiting.label, waiting.prediction) == (7, 7)
