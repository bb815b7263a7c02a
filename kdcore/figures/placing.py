"""Where labels lie beside their points: the nearest place where they hide nothing, at several widths of a figure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

LETTER, LINE = 6.4, 15  # pixels, about: how wide a letter is, and how high a line
REACHES = (14, 30, 48, 70, 95)  # pixels from a point to its label, the nearest first
DIRECTIONS = ((-0.5, -1), (-1, -0.5), (0.5, -1), (-1, 0), (1, -0.5), (1, 0.5), (-0.5, 1))

Key = TypeVar("Key", bound=Hashable)
Place = tuple[float, float]  # pixels to the right and down
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


class Canvas(NamedTuple):
    """A figure at one width: where its points lie, and what is taken already."""

    width: float
    spots: Mapping[Hashable, Place]
    taken: list[Box]


def places(texts: Mapping[Key, str], canvases: Sequence[Canvas], reach: float) -> dict[Key, Place]:
    """From each named point to its label: the nearest place, up to `reach`, that is free on all canvases. Those that
    come first choose first; whoever finds no room has no place."""
    found = {}
    for key, text in texts.items():
        for place in _around(text, reach):
            boxes = [_box(canvas.spots[key], place, text) for canvas in canvases]
            if all(_is_free(box, canvas) for box, canvas in zip(boxes, canvases, strict=True)):
                found[key] = place
                for box, canvas in zip(boxes, canvases, strict=True):
                    canvas.taken.append(box)
                break
    return found


def _around(text: str, most: float) -> Iterator[Place]:
    """Where a label may lie, from its point, the nearest first."""
    further = LINE * text.count("<br>") / 2
    for reach in (each for each in REACHES if each <= most):
        for right, down in DIRECTIONS:
            yield right * reach, down * (reach + further)


def _box(spot: Place, place: Place, text: str) -> Box:
    """What a label covers."""
    lines = text.split("<br>")
    width, height = LETTER * max(map(len, lines)), LINE * len(lines)
    x, y = spot[0] + place[0], spot[1] + place[1]
    left = x - width if place[0] < 0 else x
    return left, y - height / 2, left + width, y + height / 2


def _is_free(box: Box, canvas: Canvas) -> bool:
    is_inside = box[0] >= 0 and box[1] >= 0 and box[2] <= canvas.width
    return is_inside and not any(_overlap(box, other) for other in canvas.taken)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] <= other[3] and other[1] <= one[3]
