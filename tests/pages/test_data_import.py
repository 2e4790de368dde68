"""MNIST by the Train page: downloaded, imported, or refused."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, download, idx
from tests.data.mnist_files import Arrays, save, serving, write_idx
from tests.pages.app import button, open_page, texts

MISSING = "MNIST is not on this machine yet"


def test_mnist_is_downloaded(
    app: AppTest, workspace: Workspace, as_mnist: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a real server; then the page offers it no more."""
    (tmp_path / "www").mkdir()
    save(tmp_path / "www" / "mnist.npz", as_mnist)
    page = open_page(app, "train")
    assert MISSING in texts(page)
    with serving(tmp_path / "www") as address:
        monkeypatch.setattr(download, "NPZ", f"{address}/mnist.npz")
        button(page, "Download MNIST").click().run()
    assert datasets.find_mnist(workspace) == workspace.datasets / "mnist.npz"
    assert MISSING not in texts(page)
    assert not page.exception


def test_without_a_network_the_page_says_how_to_go_on(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """And offers MNIST again."""
    monkeypatch.setattr(download, "NPZ", "http://127.0.0.1:9")
    monkeypatch.setattr(download, "IDX_FOLDERS", ())
    page = open_page(app, "train")
    button(page, "Download MNIST").click().run()
    (error,) = [each.value.replace("\\", "") for each in page.error]
    assert "could not be downloaded. Import mnist.npz or the four IDX files on the Train page" in error
    assert "--" not in error
    assert MISSING in texts(page)


@pytest.mark.parametrize("form", ["npz", *(pytest.param(each, marks=pytest.mark.slow) for each in ("idx", "gz"))])
def test_an_upload_is_imported_at_once(
    form: str, app: AppTest, workspace: Workspace, as_mnist: Arrays, tmp_path: Path
) -> None:
    """One .npz, or the four IDX files, compressed or not; until then, Train is disabled and says why."""
    if form == "npz":
        files = [save(tmp_path / "mnist.npz", as_mnist)]
    else:
        files = sorted(write_idx(tmp_path / "idx", as_mnist, gz=form == "gz").iterdir())
        assert len(files) == len(idx.FILES)
    page = open_page(app, "train")
    assert button(page, "Train").disabled
    assert "To train on MNIST, download or import it first." in texts(page)
    page.file_uploader[0].set_value([(path.name, path.read_bytes(), "") for path in files]).run()
    assert datasets.find_mnist(workspace) == workspace.datasets / "mnist.npz"
    assert MISSING not in texts(page)
    assert not button(page, "Train").disabled
    assert "download or import it first" not in texts(page)
    assert not page.exception


def test_what_is_not_mnist_is_refused_once(
    app: AppTest, workspace: Workspace, arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what differs, in every later run; it is read once, and nothing is stored."""
    read = []
    monkeypatch.setattr(datasets, "import_mnist", lambda *given, do=datasets.import_mnist: (read.append(1), do(*given)))
    path = save(tmp_path / "other.npz", arrays)
    page = open_page(app, "train")
    page.file_uploader[0].upload(path.name, path.read_bytes()).run()
    for _ in range(2):
        (error,) = [each.value.replace("\\", "") for each in page.error]
        assert "differs" in error
        assert "enter the file's path as the dataset on the Train page" in error
        assert "--" not in error
        page.run()
    assert read == [1]
    assert datasets.find_mnist(workspace) is None
