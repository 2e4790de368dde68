"""What an uploader says of a file's size is what the program accepts."""

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection import file_formats, stroke_lines
from mnist_core.data import download
from mnist_core.data.files import tree
from mnist_core.models import import_export
from tests.pages.app import open_page

SERVER_MB = 200
"""What `.streamlit/config.toml` lets a browser send."""


@pytest.mark.parametrize(
    ("page", "limits"),
    {
        "draw": [file_formats.MAX_PICTURE],
        "train": [download.MAX_BYTES, tree.MAX_BYTES],
        "fine_tune": [stroke_lines.MAX_BYTES],
        "models": [import_export.MAX_FILE],
    }.items(),
)
def test_an_uploader_says_its_limit(page: str, limits: list[int], app: AppTest) -> None:
    """In its label; the server's own limit may be lower."""
    if page == "draw":
        app.session_state["source"] = "upload"
    for uploader, limit in zip(open_page(app, page).file_uploader, limits, strict=True):
        megabytes = min(limit >> 20, SERVER_MB)
        assert uploader.label.endswith(f", up to {megabytes} MB")
        assert uploader.proto.max_upload_size_mb == megabytes
