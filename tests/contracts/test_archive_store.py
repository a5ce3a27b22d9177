"""What every back end of `archive_store` must do. A new back end joins `archive_store_backends`."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_store import (
    ArchiveStore,
    ArchiveStoreError,
    Corrupt,
    FilesystemStore,
    MalformedKey,
    NotStored,
    Stored,
    StoreUnavailable,
    TooLarge,
)
from archive_store.file_format import HEADER_LENGTH
from tests.contracts.archive_store_backends import FilesystemBackend, child

ABSENT = "0" * 64


class Chunks(io.RawIOBase):
    """A stream that hands out the given chunks, however much is asked for, and can end in an error."""

    def __init__(self, chunks: list[bytes], error: Exception | None = None) -> None:
        self.chunks, self.error = list(chunks), error

    def read(self, size: int = -1) -> bytes:
        if self.chunks:
            return self.chunks.pop(0)
        if self.error:
            raise self.error
        return b""


def content_of(store: ArchiveStore, key: str) -> bytes:
    with store.open(key) as stream:
        return stream.read()


@given(chunks=st.lists(st.binary(min_size=1, max_size=4096), max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_put_comes_back_under_the_hash_of_its_content(store: ArchiveStore, chunks: list[bytes]) -> None:
    content = b"".join(chunks)
    stored = store.put(Chunks(chunks))
    assert stored == Stored(hashlib.sha256(content).hexdigest(), len(content))
    assert content_of(store, stored.key) == content
    assert store.exists(stored.key)
    assert store.size(stored.key) == len(content)
    assert stored.key in set(store.keys())
    store.verify(stored.key)


@given(content=st.binary(max_size=2000), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reader_moves_as_a_plain_file_does(store: ArchiveStore, content: bytes, data: st.DataObject) -> None:
    plain = io.BytesIO(content)
    with store.open(store.put(io.BytesIO(content)).key) as stream:
        assert stream.seekable()
        for _ in range(6):
            whence = data.draw(st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END]))
            offset = data.draw(st.integers(0 if whence == io.SEEK_SET else -2500, 2500))
            assert stream.seek(offset, whence) == plain.seek(offset, whence)
            length = data.draw(st.integers(-1, 300))
            assert stream.read(length) == plain.read(length)
            assert stream.tell() == plain.tell()


def test_a_reader_refuses_a_negative_position_rather_than_showing_the_header(store: ArchiveStore) -> None:
    with store.open(store.put(io.BytesIO(b"abc")).key) as stream, pytest.raises(ValueError):
        stream.seek(-1)


def test_content_larger_than_any_buffer(store: ArchiveStore) -> None:
    content = os.urandom(1024 * 1024 + 1) * 5
    stored = store.put(io.BytesIO(content))
    assert content_of(store, stored.key) == content


def test_only_the_rest_of_a_stream_is_put(store: ArchiveStore) -> None:
    stream = io.BytesIO(b"read already|to be kept")
    stream.seek(13)
    assert content_of(store, store.put(stream).key) == b"to be kept"


def test_the_same_content_is_kept_once(store: ArchiveStore, backend: FilesystemBackend) -> None:
    first = store.put(io.BytesIO(b"a letter"))
    assert store.put(Chunks([b"a ", b"letter"])) == first
    assert list(store.keys()) == [first.key]
    assert backend.leftovers() == []


@pytest.mark.parametrize("keep", [0, 5, HEADER_LENGTH, HEADER_LENGTH + 3])
def test_a_file_that_lost_bytes_is_noticed_and_replaced_by_the_next_put(
    store: ArchiveStore, backend: FilesystemBackend, keep: int
) -> None:
    stored = store.put(io.BytesIO(b"a letter"))
    os.truncate(backend.stored_bytes(stored.key), keep)
    for look in (store.open, store.size, store.verify):
        with pytest.raises(Corrupt) as caught:
            look(stored.key)
        assert caught.value.key == stored.key
    assert store.put(io.BytesIO(b"a letter")) == stored
    store.verify(stored.key)


def test_the_limit_is_the_last_size_allowed(store: ArchiveStore) -> None:
    assert store.put(io.BytesIO(b"12345"), limit=5).size == 5


@pytest.mark.parametrize("limit", [0, 4, 1024 * 1024])
def test_over_the_limit_nothing_is_left(store: ArchiveStore, backend: FilesystemBackend, limit: int) -> None:
    with pytest.raises(TooLarge) as caught:
        store.put(io.BytesIO(b"x" * (limit + 1)), limit=limit)
    assert caught.value.limit == limit
    assert list(store.keys()) == [] and backend.leftovers() == []


def test_over_the_limit_the_rest_is_not_read(store: ArchiveStore) -> None:
    stream = Chunks([b"x" * 10] * 50)
    with pytest.raises(TooLarge):
        store.put(stream, limit=25)
    assert len(stream.chunks) == 47


def test_an_error_of_the_source_passes_through_and_leaves_nothing(
    store: ArchiveStore, backend: FilesystemBackend
) -> None:
    with pytest.raises(ConnectionResetError):
        store.put(Chunks([b"half of it"], ConnectionResetError("gone")))
    assert list(store.keys()) == [] and backend.leftovers() == []


BAD_KEYS = [
    "",
    "..",
    "../../etc/passwd",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "g" * 64,
    "a" * 64 + "\n",
    "../" + "a" * 61,
    "a" * 30 + "/../" + "a" * 30,
    "/" + "a" * 63,
    "a" * 63 + "\0",
    "１" * 64,
]


@pytest.mark.parametrize("key", BAD_KEYS)
@pytest.mark.parametrize("method", ["open", "exists", "size", "verify", "remove", "last_put", "local_copy"])
def test_what_is_not_a_key_is_refused(store: ArchiveStore, method: str, key: str) -> None:
    def call() -> None:
        if method == "local_copy":
            with store.local_copy(key):
                pass
        else:
            getattr(store, method)(key)

    with pytest.raises(MalformedKey):
        call()


@pytest.mark.parametrize("method", ["open", "size", "verify", "remove", "last_put"])
def test_an_absent_key_is_named(store: ArchiveStore, method: str) -> None:
    assert not store.exists(ABSENT)
    with pytest.raises(NotStored) as caught:
        getattr(store, method)(ABSENT)
    assert caught.value.key == ABSENT and isinstance(caught.value, ArchiveStoreError)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_verify_finds_any_one_flipped_bit(store: ArchiveStore, backend: FilesystemBackend, data: st.DataObject) -> None:
    stored = store.put(io.BytesIO("合同 contrato contract".encode()))
    path = backend.stored_bytes(stored.key)
    good = path.read_bytes()
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(bad)
    with pytest.raises(Corrupt) as caught:
        store.verify(stored.key)
    assert caught.value.key == stored.key and stored.key in str(caught.value)
    path.write_bytes(good)
    store.verify(stored.key)


def test_keys_come_in_order_and_name_content_only(store: ArchiveStore, backend: FilesystemBackend) -> None:
    keys = sorted(store.put(io.BytesIO(f"letter {n}".encode())).key for n in range(40))
    backend.stored_bytes(keys[0]).with_name("notes.txt").write_text("not content")
    backend.stored_bytes(keys[0]).with_name(ABSENT).write_text("in the wrong folder")
    assert list(store.keys()) == keys


def test_what_is_removed_is_gone_and_can_be_put_again(store: ArchiveStore, backend: FilesystemBackend) -> None:
    kept, gone = (store.put(io.BytesIO(content)).key for content in (b"kept", b"gone"))
    store.remove(gone)
    assert not store.exists(gone) and list(store.keys()) == [kept]
    assert backend.leftovers() == []
    assert store.put(io.BytesIO(b"gone")).key == gone
    assert content_of(store, gone) == b"gone"


def test_last_put_is_renewed_by_the_same_content(store: ArchiveStore, backend: FilesystemBackend) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    key = store.put(io.BytesIO(b"a letter")).key
    os.utime(backend.stored_bytes(key), (0, 0))
    assert store.last_put(key) == datetime(1970, 1, 1, tzinfo=UTC)
    store.put(io.BytesIO(b"a letter"))
    assert store.last_put(key) > before


def test_a_local_copy_is_plain_private_and_gone_afterwards(store: ArchiveStore) -> None:
    key = store.put(io.BytesIO(b"%PDF-1.7 ...")).key
    with store.local_copy(key, suffix=".pdf") as path:
        assert path.suffix == ".pdf"
        assert path.read_bytes() == b"%PDF-1.7 ..."
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        path.write_bytes(b"scribbled on")
    assert not path.exists()
    store.verify(key)
    with pytest.raises(RuntimeError), store.local_copy(key) as path:
        raise RuntimeError("the tool failed")
    assert not path.exists()
    with pytest.raises(ValueError), store.local_copy(key, suffix="/../../x"):
        pass
    with pytest.raises(NotStored), store.local_copy(ABSENT):
        pass


def test_many_threads_putting_the_same_content_keep_one_whole_file(
    store: ArchiveStore, backend: FilesystemBackend
) -> None:
    content = os.urandom(300_000)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: store.put(io.BytesIO(content)), range(32)))
    assert len(set(receipts)) == 1
    assert list(store.keys()) == [receipts[0].key]
    store.verify(receipts[0].key)
    assert backend.leftovers() == []


def test_threads_putting_and_removing_the_same_content_never_show_half_of_it(store: ArchiveStore) -> None:
    content = os.urandom(100_000)
    key = hashlib.sha256(content).hexdigest()

    def act(n: int) -> None:
        if n % 3 == 0:
            store.put(io.BytesIO(content))
        try:
            if n % 3 == 1:
                store.remove(key)
            elif n % 3 == 2:
                assert content_of(store, key) == content
        except NotStored:
            pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(120)))
    assert store.put(io.BytesIO(content)).key == key
    store.verify(key)


def refuse_after(calls: int, code: int) -> Callable[[int, bytes], int]:
    """An `os.write` that works a few times and then says what a full disk says."""
    done = 0
    write = os.write

    def limited(file: int, data: bytes) -> int:
        nonlocal done
        done += 1
        if done > calls:
            raise OSError(code, os.strerror(code))
        return write(file, data)

    return limited


class TestFilesystem:
    """What holds for the file-system store alone."""

    @pytest.mark.parametrize("calls", [0, 1, 2, 3])
    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
    def test_a_full_disk_keeps_nothing_by_halves(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int, code: int
    ) -> None:
        backend = FilesystemBackend(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", refuse_after(calls, code))
            with pytest.raises(StoreUnavailable, match="cannot"):
                backend.store.put(Chunks([b"one", b"two"]))
        assert list(backend.store.keys()) == [] and backend.leftovers() == []
        assert backend.store.put(Chunks([b"one", b"two"])).size == 6

    def test_a_write_refused_by_the_kernel_keeps_nothing(self, tmp_path: Path) -> None:
        """A limit on file size, set in a child process, makes the kernel itself refuse the write."""
        backend = FilesystemBackend(tmp_path)
        process = child(
            backend,
            """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
from archive_store import StoreUnavailable
s.put(io.BytesIO(b"x" * 4000))
try:
    s.put(io.BytesIO(b"y" * 6000))
except StoreUnavailable:
    print("refused", flush=True)
""",
        )
        assert process.communicate()[0] == b"refused\n"
        (key,) = backend.store.keys()
        assert backend.store.size(key) == 4000
        assert backend.leftovers() == []

    def test_files_are_readable_by_their_owner_only(self, tmp_path: Path) -> None:
        backend = FilesystemBackend(tmp_path)
        path = backend.stored_bytes(backend.store.put(io.BytesIO(b"secret")).key)
        assert stat.S_IMODE(path.stat().st_mode) & ~0o640 == 0
        for folder in (backend.root, path.parent, path.parent.parent, backend.root / "tmp"):
            assert stat.S_IMODE(folder.stat().st_mode) & 0o027 == 0

    def test_a_link_that_leads_out_of_the_root_is_refused(self, tmp_path: Path) -> None:
        backend = FilesystemBackend(tmp_path)
        key = backend.store.put(io.BytesIO(b"secret")).key
        outside = tmp_path / "outside"
        (backend.root / key[:2]).rename(outside)
        (backend.root / key[:2]).symlink_to(outside)
        for method in (backend.store.open, backend.store.exists, backend.store.remove):
            with pytest.raises(MalformedKey):
                method(key)

    def test_a_crash_between_moving_aside_and_deleting_is_swept_up(self, tmp_path: Path) -> None:
        backend = FilesystemBackend(tmp_path)
        key = backend.store.put(io.BytesIO(b"going")).key
        backend.stored_bytes(key).rename(backend.root / "removed" / f"{key}-0123456789abcdef")
        assert not backend.store.exists(key) and list(backend.store.keys()) == []
        assert backend.store.sweep_temporary(older_than_seconds=0) == 1
        assert backend.leftovers() == []

    def test_a_root_that_is_a_file_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StoreUnavailable):
            FilesystemStore(tmp_path / "file")

    def test_the_file_begins_as_the_format_says(self, tmp_path: Path) -> None:
        backend = FilesystemBackend(tmp_path)
        data = backend.stored_bytes(backend.store.put(io.BytesIO(b"abc")).key).read_bytes()
        assert data == b"\x89LEGAJO\n" + b"\x00\x01" + b"\x00\x14" + b"\x00" * 7 + b"\x03" + b"abc"
