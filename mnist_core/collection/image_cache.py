"""The images of the collected drawings. Each is fetched and rasterised once, however often a page asks for it."""

from collections.abc import Collection
from threading import Lock

from mnist_core.collection.drawings import DrawingStore
from mnist_core.drawing.strokes import Gray


class ImageCache:
    """(28, 28) uint8 images by the sha256 of their drawing. It keeps those of the last request: 784 bytes each."""

    def __init__(self, store: DrawingStore) -> None:
        self._store = store
        self._images: dict[str, Gray] = {}
        self._lock = Lock()

    def images(self, contents: Collection[str]) -> dict[str, Gray]:
        """The images of these contents, except those that the collection lacks."""
        with self._lock:
            unknown = [each for each in set(contents) if each not in self._images]
            new = {each.sha256: each.image for each in self._store.with_contents(unknown)} if unknown else {}
            known = self._images | new
            self._images = {each: known[each] for each in contents if each in known}
            return self._images
