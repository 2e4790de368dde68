"""Grey values → PNG files, and many images in one picture."""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image


def png(image: npt.NDArray[np.uint8], *, scale: int = 1) -> bytes:
    """(H, W) uint8 → a PNG, each pixel enlarged to `scale` × `scale`."""
    picture = Image.fromarray(np.repeat(np.repeat(image, scale, axis=0), scale, axis=1))
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def data_url(image: npt.NDArray[np.uint8], *, scale: int = 1) -> str:
    """The PNG as a URL that a page can show without a request."""
    return f"data:image/png;base64,{base64.b64encode(png(image, scale=scale)).decode()}"


def contact_sheet(images: npt.NDArray[np.uint8], columns: int, *, gap: int = 2) -> npt.NDArray[np.uint8]:
    """(N, 28, 28) → one picture with `columns` images a row."""
    rows = -(-len(images) // columns)
    side = images.shape[1] + gap
    sheet = np.full((rows * side + gap, columns * side + gap), 40, np.uint8)
    for number, image in enumerate(images):
        top, left = gap + number // columns * side, gap + number % columns * side
        sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet
