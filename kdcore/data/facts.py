"""What is known of a data set without reading its examples."""

from dataclasses import dataclass
from math import prod

MOST_AREAS = 5  # classes that a picture of the plane has colours for


@dataclass(frozen=True)
class Facts:
    """One data set: `shape` of an example, names of the classes, and rows for training, validation and test.

    `columns` names the features where these are the columns of a table; `has_noise` says that the examples are drawn,
    and that a setting says how far they stray.
    """

    title: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    train: int
    validation: int
    test: int
    columns: tuple[str, ...] = ()
    has_noise: bool = False

    @property
    def is_image(self) -> bool:
        return len(self.shape) == 3

    @property
    def is_plane(self) -> bool:
        """Whether examples are points of a plane that can be drawn, with an area for each class."""
        return self.shape == (2,) and len(self.classes) <= MOST_AREAS

    @property
    def features(self) -> int:
        return prod(self.shape)

    @property
    def rows(self) -> int:
        return self.train + self.validation + self.test
