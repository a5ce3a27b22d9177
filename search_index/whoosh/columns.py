"""Named arrays of numbers in a file that is mapped into memory: nothing is copied, the system keeps what is used."""

import json
import mmap
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from search_index.tallying import Ints

_ALIGNMENT = 8
_DIRECTORY_ENTRY = "<u8"


def narrow(numbers: Ints) -> Ints:
    """The same numbers (none below 0) in as few bytes as they need."""
    highest = int(numbers.max()) if len(numbers) else 0
    for kind in (np.uint8, np.uint16, np.uint32):
        if highest <= np.iinfo(kind).max:
            return numbers.astype(kind)
    return numbers.astype(np.uint64)


def write_columns(stream: Any, columns: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays, each with its name, from the beginning of an empty file."""
    directory: dict[str, tuple[str, int, int]] = {}
    position = 0
    for name, column in columns.items():
        stream.write(b"\0" * (-position % _ALIGNMENT))
        position += -position % _ALIGNMENT
        directory[name] = (column.dtype.str, position, len(column))
        stream.write(column.tobytes())
        position += column.nbytes
    stream.write(json.dumps(directory).encode())
    stream.write(np.array([position], dtype=_DIRECTORY_ENTRY).tobytes())


class MappedColumns(Mapping[str, NDArray[Any]]):
    """The arrays of a file. They hold the mapping open for as long as they live, even when the file is removed."""

    def __init__(self, stream: BinaryIO | Any) -> None:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        (start,) = np.frombuffer(mapped, dtype=_DIRECTORY_ENTRY, offset=len(mapped) - 8).tolist()
        self._mapped = mapped
        self._directory: dict[str, tuple[str, int, int]] = json.loads(mapped[start:-8])

    def __getitem__(self, name: str) -> NDArray[Any]:
        kind, position, length = self._directory[name]
        return np.frombuffer(self._mapped, dtype=kind, count=length, offset=position)

    def __iter__(self) -> Any:
        return iter(self._directory)

    def __len__(self) -> int:
        return len(self._directory)
