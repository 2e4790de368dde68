"""Pictures from anywhere (an upload, a photograph, a file) → grey values; grey values → PNG."""

import base64
import io
import warnings

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import Base

from mnist_core.common.errors import InputError, details
from mnist_core.common.language import _

MAX_PIXELS = 36_000_000
"""Three times as many as a phone's photo has. Opening the worst picture takes less than 300 MB."""
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
WORKING_SIDE = 400
"""A digit's picture is reduced to this size before it is measured, which is enough and fast."""
DARK_SHARE = 0.002
"""With a smaller share of dark pixels, a partly transparent picture is light ink, not light paper with ink on it."""
BAND = 256
"""Rows converted at once. A whole picture with colours and transparency would take many times its size."""


def read_gray(content: bytes, source: str) -> npt.NDArray[np.uint8]:
    """A PNG or JPEG → (H, W) uint8, turned upright as the camera recorded it.

    Transparent parts become white, or black if everything visible is light.

    Raises:
        InputError: it has another format, is too large (by its header), or is damaged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise InputError(
                    _(
                        "{file} has {width:,}×{height:,} pixels; {limit:,} in all are allowed.",
                        file=source,
                        width=picture.width,
                        height=picture.height,
                        limit=MAX_PIXELS,
                    )
                )
            picture.draft("L", (WORKING_SIDE, WORKING_SIDE))  # opens a JPEG reduced and without its colours
            gray, alpha = _gray_and_alpha(picture)
            gray.getexif()[Base.Orientation] = picture.getexif().get(Base.Orientation, 1)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InputError(
            _("{file} has far too many pixels; {limit:,} in all are allowed.", file=source, limit=MAX_PIXELS)
        ) from None
    except UnidentifiedImageError:
        raise InputError(_("{file} is not a PNG or JPEG picture. Only these are allowed.", file=source)) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(_("{file} is damaged. {reason}", file=source, reason=details(error))) from None
    for each in (gray, alpha):
        if max(each.size) > WORKING_SIDE:
            each.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
    on_black = _on_black(np.asarray(gray), np.asarray(alpha))
    if on_black is not None:
        gray.paste(Image.fromarray(on_black))  # this keeps the camera's orientation
    return np.asarray(ImageOps.exif_transpose(gray))


def _gray_and_alpha(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The picture in grey on white and its opacity, converted band by band."""
    gray, alpha = Image.new("L", picture.size), Image.new("L", picture.size, 255)
    for top in range(0, picture.height, BAND):
        band = picture.crop((0, top, picture.width, min(top + BAND, picture.height)))
        if band.has_transparency_data:
            rgba = band.convert("RGBA")
            alpha.paste(rgba.getchannel("A"), (0, top))
            band = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        if band.mode == "I;16":  # Pillow would clip values above 255
            band = Image.fromarray((np.asarray(band) >> 8).astype(np.uint8))
        gray.paste(band.convert("L"), (0, top))
    return gray, alpha


def _on_black(on_white: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """The same picture on black if hardly anything of it is visible on white; else None."""
    if alpha.min() == 255:
        return None
    light = np.maximum(on_white.astype(np.int16) - (255 - alpha), 0)  # the picture's own part
    visible = alpha >= 128
    dark = visible & (2 * light < alpha)
    return light.astype(np.uint8) if visible.any() and dark.sum() < DARK_SHARE * visible.sum() else None


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
