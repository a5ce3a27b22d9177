"""The directory an index of files lives in, whatever the engine.

    current            the name of the generation that answers
    generation-7/      the engine's files, with format.json: how it was made
    generation-8/      a rebuild under way, with touched: ids written meanwhile
    writer.lock        held by whoever changes anything
    rebuild.lock       held for the whole of a rebuild
    turn.lock          held by whoever brings the index up to date

A generation takes over by one atomic replacement of the pointer; a process killed at any moment leaves the
old state or the new one, and at most a directory that the next rebuild removes.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from search_index.analysis import analysis_hash
from search_index.base import IndexBusy, IndexDamaged, IndexOutdated
from search_index.locking import locked

_POINTER = "current"
_FORMAT = "format.json"
_TOUCHED = "touched"
_GENERATION = re.compile(r"generation-([0-9]{1,9})")
_LOOK_SECONDS = 1.0
"""How long a rebuild waits for its lock: a writer may be looking whether it is held."""


def sync_directory(directory: Path) -> None:
    """Have the names in a directory written out."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: str) -> None:
    """Replace a small file as a whole; on the disk on return."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    sync_directory(path.parent)


class Generations:
    """Names, pointer and locks of one index directory. Holds nothing open outside a lock.

    `form`: what must be equal for an engine to read an index: its fields, and the family of its files.
    """

    def __init__(self, directory: Path, form: str) -> None:
        self.directory = directory
        self._form = form

    def writing(self, timeout: float) -> AbstractContextManager[None]:
        """Hold the right to change the index.

        :raises IndexBusy: another writer did not finish within `timeout` seconds
        """
        return locked(self.directory / "writer.lock", timeout)

    def turn(self, timeout: float) -> AbstractContextManager[None]:
        """Hold the turn of bringing the index up to date; see `SearchIndex.turn`.

        :raises IndexBusy: somebody else held it for `timeout` seconds
        """
        return locked(self.directory / "turn.lock", timeout)

    def rebuilding(self) -> AbstractContextManager[None]:
        """Hold the right to rebuild.

        :raises IndexBusy: a rebuild is under way
        """
        return locked(self.directory / "rebuild.lock", _LOOK_SECONDS)

    def is_rebuilding(self) -> bool:
        """Whether some process is at a rebuild now."""
        try:
            with locked(self.directory / "rebuild.lock", 0):
                return False
        except IndexBusy:
            return True

    def current_name(self) -> str | None:
        """What the pointer says, whatever it is; None where there is none."""
        try:
            return (self.directory / _POINTER).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None

    def current(self) -> Path | None:
        """The generation that answers; None where no index has been made.

        :raises IndexDamaged: the pointer is gone though generations exist, or points nowhere
        """
        name = self.current_name()
        if name is None and not self.generations():
            return None
        if name is None or not _GENERATION.fullmatch(name) or not (self.directory / name).is_dir():
            raise IndexDamaged("nothing says which generation of the index is the current one")
        return self.directory / name

    def generations(self) -> list[Path]:
        """All generations there are, the current one among them."""
        try:
            return [path for path in self.directory.iterdir() if _GENERATION.fullmatch(path.name)]
        except OSError:
            return []

    def new_generation(self) -> Path:
        """Make the directory of the next generation; nothing points to it yet."""
        numbers = [int(path.name.removeprefix("generation-")) for path in self.generations()]
        generation = self.directory / f"generation-{max(numbers, default=0) + 1}"
        generation.mkdir(parents=True)
        write_durably(generation / _FORMAT, json.dumps({"form": self._form, "analysis": analysis_hash()}))
        return generation

    def make_current(self, generation: Path) -> None:
        """Let a generation answer from now on, and remove all others.

        Whoever still reads a removed one keeps its open files until the next search.
        """
        (generation / _TOUCHED).unlink(missing_ok=True)
        write_durably(self.directory / _POINTER, generation.name)
        self.remove_others(generation)

    def remove_others(self, kept: Path | None) -> None:
        """Remove every generation but one: what a finished or a broken rebuild left."""
        for path in self.generations():
            if path != kept:
                self.remove(path)

    def remove(self, generation: Path) -> None:
        """Remove one generation, which is not the current one."""
        shutil.rmtree(generation, ignore_errors=True)

    def touch(self, generation: Path, ids: Iterable[str]) -> None:
        """Note ids written while a rebuild is filling `generation`: it may still be reading older content."""
        with (generation / _TOUCHED).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{json.dumps(id_)}\n" for id_ in ids)

    def touched(self, generation: Path) -> set[str]:
        """The ids noted so far."""
        try:
            lines = (generation / _TOUCHED).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return set()
        return {json.loads(line) for line in lines}

    def is_up_to_date(self, generation: Path) -> bool:
        """Whether a generation was made with today's analysis.

        :raises IndexOutdated: it has another form, which this code cannot read
        :raises IndexDamaged: it does not say
        """
        try:
            made = json.loads((generation / _FORMAT).read_text(encoding="utf-8"))
            form, analysis = made["form"], made["analysis"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged("the index does not say how it was made") from error
        if form != self._form:
            raise IndexOutdated(f"the index has the form {form}, this version reads {self._form}")
        return bool(analysis == analysis_hash())
