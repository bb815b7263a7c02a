"""Numbers as few bytes, and back: what the files of `codec` are put together from. Its docstring tells the format."""

from collections.abc import Iterable

import numpy as np

from kdcore.words import _

VARINT_BYTES = 9  # at most: numbers below 2^63
WHOLE = tuple(np.dtype(f">u{size}") for size in (1, 2, 4))


def varints(numbers: Iterable[int]) -> bytes:
    """Each number in as many bytes as it needs: seven bits a byte, the least significant first."""
    found = bytearray()
    for number in numbers:
        while number > 127:
            found.append(number & 127 | 128)
            number >>= 7
        found.append(number)
    return bytes(found)


def text(words: str) -> bytes:
    """The text's length, and the text."""
    data = words.encode()
    return varints([len(data)]) + data


def floats(numbers: np.ndarray) -> bytes:
    return numbers.astype(">f4").tobytes()


def whole(numbers: np.ndarray, largest: int) -> bytes:
    """Numbers of 1, 2 or 4 bytes each, the fewest that the largest needs."""
    return numbers.astype(_whole(largest)).tobytes()


def packed(numbers: np.ndarray, bits: int) -> bytes:
    """Numbers of so many bits each, at most 32, without gaps; zeros fill up the last byte."""
    size = _whole(2**bits - 1)
    own = numbers.astype(size)
    if bits == 8 * size.itemsize:
        return own.tobytes()
    return np.packbits(np.unpackbits(own.view(np.uint8).reshape(-1, size.itemsize), axis=1)[:, -bits:]).tobytes()


class Source:
    """Bytes that are read from their start on. Raises ValueError where they end too early."""

    def __init__(self, data: bytes):
        self._data, self._place = data, 0

    @property
    def is_at_end(self) -> bool:
        return self._place == len(self._data)

    def take(self, size: int) -> bytes:
        """The next so many bytes."""
        start, self._place = self._place, self._place + size
        if self._place > len(self._data):
            raise ValueError(_("the file was cut off: it ends after {size:,} bytes").format(size=len(self._data)))
        return self._data[start : self._place]

    def varint(self, most: int = 2**63 - 1) -> int:
        """The next number, which is not above `most`."""
        number = 0
        for place in range(VARINT_BYTES):
            (byte,) = self.take(1)
            number |= (byte & 127) << 7 * place
            if byte < 128 and number <= most:
                return number
        raise damaged()

    def text(self) -> str:
        try:
            return self.take(self.varint()).decode()
        except UnicodeDecodeError as error:
            raise damaged() from error

    def floats(self, count: int) -> np.ndarray:
        return np.frombuffer(self.take(4 * count), ">f4").astype(np.float32)

    def whole(self, count: int, largest: int) -> np.ndarray:
        size = _whole(largest)
        return np.frombuffer(self.take(size.itemsize * count), size).astype(np.int64)

    def packed(self, count: int, bits: int) -> np.ndarray:
        size = _whole(2**bits - 1)
        if bits == 8 * size.itemsize:
            return self.whole(count, 2**bits - 1)
        data = np.frombuffer(self.take(-(-count * bits // 8)), np.uint8)
        table = np.zeros((count, 8 * size.itemsize), np.uint8)
        table[:, -bits:] = np.unpackbits(data, count=count * bits).reshape(count, bits)
        return np.packbits(table, axis=1).view(size).ravel().astype(np.int64)


def damaged() -> ValueError:
    """What is said where bytes cannot have been written by `codec`."""
    return ValueError(_("the file is damaged: its parts do not fit together"))


def _whole(largest: int) -> np.dtype:
    """The smallest type of whole numbers up to the largest."""
    return next(size for size in WHOLE if largest < 256**size.itemsize)
