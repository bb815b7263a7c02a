"""Pictures of few pixels as a browser takes them: strokes opaque, the ground clear, so that a page may colour them."""

import io
from base64 import b64encode

import numpy as np
from PIL import Image

LEAST = 32  # pixels that a picture's height takes at least


def data_address(opacity: np.ndarray, height: int) -> str:
    """A PNG in a data address, of opacities (rows, columns), uint8, with pictures of this height side by side."""
    scale = max(1, LEAST // height)  # in whole steps: a pixel stays a sharp square
    opacity = opacity.repeat(scale, axis=0).repeat(scale, axis=1)
    file = io.BytesIO()
    Image.merge("LA", [Image.new("L", opacity.shape[::-1]), Image.fromarray(opacity)]).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
