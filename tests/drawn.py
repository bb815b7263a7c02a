"""Ten digits that were drawn on the pad, as the pad told them: trembling, off-centre, of different sizes and slants."""

import json
from pathlib import Path

import numpy as np

from kdcore import drawing

FILES = Path(__file__).with_name("data_drawn").glob("*.json")
DRAWN = {drawn["digit"]: drawn["strokes"] for drawn in (json.loads(path.read_text()) for path in sorted(FILES))}
ENOUGH = 8  # of ten, for a teacher that is right 97 times of 100 on its own data


def strokes(digit: int) -> list[np.ndarray]:
    return drawing.strokes(DRAWN[digit])
