"""How many bytes a network is: as a file that was written, and read back without losing a bit."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from safetensors.numpy import load_file, save_file


def size_bytes(weights: Mapping[str, np.ndarray]) -> int:
    """The length of a safetensors file of these weights: 8 bytes, a header with names and shapes, the numbers.

    Raises OSError if what is read back is not, bit for bit, what was written.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        save_file({name: np.asarray(array, order="C") for name, array in weights.items()}, path)
        if not same_bits(weights, load_file(path)):
            raise OSError(f"{path.name} was read back with other weights than were written")
        return path.stat().st_size


def same_bits(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    """Whether two sets of weights have the same names, types, shapes and bits; NaN equals itself here."""

    def content(weights: Mapping[str, np.ndarray]) -> dict:
        return {name: (array.dtype, array.shape, array.tobytes()) for name, array in weights.items()}

    return content(one) == content(other)
