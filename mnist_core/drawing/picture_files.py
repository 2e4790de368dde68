"""Picture files from anywhere (an upload, a photograph, a scan) → grey values."""

import io
import struct
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import Base

from mnist_core.common.errors import InputError, details
from mnist_core.common.language import _

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif")
"""All endings of pictures that the program opens."""
KINDS = ("PNG", "JPEG", "GIF", "BMP", "WebP", "TIFF", "AVIF", "HEIC")
"""As people call them."""
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF")
"""As Pillow calls them; HEIC needs a further package."""

MAX_PIXELS = 36_000_000
"""Three times as many as a phone's photo has. Opening the worst picture takes less than 300 MB."""
DECODED_WHOLE, MAX_PIXELS_DECODED = ("WEBP", "AVIF", "HEIF"), 16_000_000
"""Decoding these formats takes several copies of the picture, so fewer pixels are allowed."""
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")  # of damaged files
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
WORKING_SIDE = 400
"""A digit's picture is reduced to this size before it is measured, which is enough and fast."""
NUMBER_SIDE = 800
"""A picture that may show several digits is reduced to this size."""
DARK_SHARE = 0.002
"""With a smaller share of dark pixels, a partly transparent picture is light ink, not light paper with ink on it."""
BAND = 256
"""Rows converted at once. A whole picture with colours and transparency would take many times its size."""
DEEP = ("I", "I;16", "I;16B", "I;16L", "F")
"""Pillow's modes with more than 8 bits a value, whose conversion to grey clips."""
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, OverflowError, EOFError, RuntimeError, struct.error)
"""What Pillow raises for damaged files."""


def read_gray(content: bytes, source: str, *, side: int = WORKING_SIDE) -> npt.NDArray[np.uint8]:
    """A picture file → (H, W) uint8, turned upright as the camera recorded it; of an animation, the first picture.

    Transparent parts become white, or black if everything visible is light.

    Args:
        source: what messages call it.
        side: the longer side of a larger picture is reduced to this many pixels.

    Raises:
        InputError: it has another format, is too large (by its header), or is damaged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_formats()) as picture:
            limit = MAX_PIXELS_DECODED if picture.format in DECODED_WHOLE else MAX_PIXELS
            if picture.width * picture.height > limit:
                raise InputError(
                    _(
                        "{file} has {width:,}×{height:,} pixels; {limit:,} in all are allowed.",
                        file=source,
                        width=picture.width,
                        height=picture.height,
                        limit=limit,
                    )
                )
            picture.draft("L", (side, side))  # opens a JPEG reduced and without its colours
            gray, alpha = _gray_and_alpha(picture)
            gray.getexif()[Base.Orientation] = picture.getexif().get(Base.Orientation, 1)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InputError(
            _("{file} has far too many pixels; {limit:,} in all are allowed.", file=source, limit=MAX_PIXELS)
        ) from None
    except UnidentifiedImageError:
        raise InputError(_unknown(content, source)) from None
    except BROKEN as error:
        raise InputError(_("{file} is damaged. {reason}", file=source, reason=details(error))) from None
    for each in (gray, alpha):
        if max(each.size) > side:
            each.thumbnail((side, side), Image.Resampling.BOX)
    on_black = _on_black(np.asarray(gray), np.asarray(alpha))
    if on_black is not None:
        gray.paste(Image.fromarray(on_black))  # this keeps the camera's orientation
    return np.asarray(ImageOps.exif_transpose(gray))


def longer_side(content: bytes) -> int:
    """Of a picture file that can be read, in pixels."""
    with Image.open(io.BytesIO(content), formats=_formats()) as picture:
        return max(picture.size)


@cache
def _formats() -> tuple[str, ...]:
    """Those that Pillow opens here, with HEIC if its package is installed."""
    if not find_spec("pillow_heif"):
        return FORMATS
    import_module("pillow_heif").register_heif_opener()
    return (*FORMATS, "HEIF")


def _unknown(content: bytes, source: str) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return _(
            "{file} is a HEIC picture. Save it as a JPEG, or install what opens it: {command}",
            file=source,
            command="pip install pillow-heif",
        )
    return _(
        "{file} is not a picture of these kinds: {kinds}. Only these are allowed.", file=source, kinds=", ".join(KINDS)
    )


def _gray_and_alpha(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The picture in grey on white and its opacity, converted band by band."""
    picture.load()  # a TIFF knows its orientation only now
    top_value = _top(picture)
    gray, alpha = Image.new("L", picture.size), Image.new("L", picture.size, 255)
    for top in range(0, picture.height, BAND):
        band = picture.crop((0, top, picture.width, min(top + BAND, picture.height)))
        if band.has_transparency_data:
            rgba = band.convert("RGBA")
            alpha.paste(rgba.getchannel("A"), (0, top))
            band = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        if top_value:
            values = np.nan_to_num(np.asarray(band, np.float32))
            band = Image.fromarray(np.clip(values * (256 / top_value), 0, 255).astype(np.uint8))
        gray.paste(band.convert("L"), (0, top))
    return gray, alpha


def _top(picture: Image.Image) -> float:
    """What white is in a picture with more than 8 bits a value: the power of 2 above all values; 0 for other pictures.

    Scanners write 10 to 16 bits into 16. Other programs write 0 to 1.
    """
    if picture.mode not in DEEP:
        return 0.0
    largest = float(np.nan_to_num(picture.getextrema()[1], posinf=0.0))
    if picture.mode == "F" and largest <= 1:
        return 1.0
    return float(max(256.0, 2 ** np.ceil(np.log2(largest + 1)))) if largest > 0 else 256.0


def _on_black(on_white: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """The same picture on black if hardly anything of it is visible on white; else None."""
    if alpha.min() == 255:
        return None
    light = np.maximum(on_white.astype(np.int16) - (255 - alpha), 0)  # the picture's own part
    visible = alpha >= 128
    dark = visible & (2 * light < alpha)
    return light.astype(np.uint8) if visible.any() and dark.sum() < DARK_SHARE * visible.sum() else None
