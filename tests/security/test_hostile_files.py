"""Files made to harm: each is refused or fails with a reason, and the next file is served as before."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from portal.documents.reading.formats import Accepted, NoPages, Refusal, check_upload
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.limits import ChildLimits, UploadLimits
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure

EXPECTED = {Failure.DAMAGED, Failure.TOO_MANY_PIXELS, Failure.TOO_MANY_PAGES, Failure.MEMORY}
"""Reasons that are an answer. A crash, a hang or an unexpected error would be contained too, but none of the
files below needs one."""

NOISE = random.Random(7).randbytes(3000)  # the same rubbish every time


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader(ChildLimits(memory_bytes=2 * 1024**3, read_seconds=90)) as reader:
        yield reader


def raw_pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with a correct cross-reference table."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer <</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        root,
        start,
    )


def stream(dictionary: bytes, content: bytes) -> bytes:
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (dictionary, len(content), content)


def one_page(image: bytes, box: bytes = b"0 0 600 800") -> bytes:
    return raw_pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources <</XObject <</I 5 0 R>>>>>>" % box,
        stream(b"", b"q 600 0 0 800 0 0 cm /I Do Q"),
        image,
    )


def picture_bomb() -> bytes:
    """40,000 × 40,000 pixels of zeros, twice compressed: 1.6 GB from a few kilobytes."""
    once = zlib.compressobj(9)
    packed = b"".join(once.compress(bytes(1 << 20)) for _ in range(1600)) + once.flush()
    return one_page(
        stream(
            b"/Type /XObject /Subtype /Image /Width 40000 /Height 40000 /BitsPerComponent 8"
            b" /ColorSpace /DeviceGray /Filter [/FlateDecode /FlateDecode]",
            zlib.compress(packed, 9),
        )
    )


def garbage_image(filter_name: bytes, parameters: bytes = b"") -> bytes:
    return one_page(
        stream(
            b"/Type /XObject /Subtype /Image /Width 2000 /Height 2000 /BitsPerComponent 1"
            b" /ColorSpace /DeviceGray /Filter /%s /DecodeParms <<%s>>" % (filter_name, parameters),
            bytes(range(256)) * 40,
        )
    )


def recursive_tree() -> bytes:
    return raw_pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 10 /Parent 3 0 R>>",
        b"<</Type /Pages /Kids [2 0 R 3 0 R] /Count 10 /Parent 2 0 R>>",
    )


def endless_form() -> bytes:
    """A page whose form draws itself."""
    form = stream(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</I 5 0 R>>>>", b"/I Do " * 50)
    return one_page(form)


def deep_arrays() -> bytes:
    return raw_pdf(
        b"<</Type /Catalog /Pages 2 0 R /X %s>>" % (b"[" * 100_000 + b"]" * 100_000),
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 600 800]>>",
    )


def claimed_count() -> bytes:
    return raw_pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 900000>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 600 800]>>",
    )


def blank(box: bytes) -> bytes:
    return raw_pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [%s]>>" % box,
    )


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return data


def png_text_bomb() -> bytes:
    header = struct.pack(">IIBBBBB", 10, 10, 8, 0, 0, 0, 0)
    bomb = b"Comment\0\0" + zlib.compress(bytes(300 << 20), 9)
    return png((b"IHDR", header), (b"zTXt", bomb), (b"IDAT", zlib.compress(bytes(110))), (b"IEND", b""))


def png_data_bomb() -> bytes:
    """Ten by ten pixels with 300 MB of picture data behind them."""
    header = struct.pack(">IIBBBBB", 10, 10, 8, 0, 0, 0, 0)
    return png((b"IHDR", header), (b"IDAT", zlib.compress(bytes(300 << 20), 9)), (b"IEND", b""))


def tiff_in_a_circle() -> bytes:
    entries = [
        (256, 4, 10),
        (257, 4, 10),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, 10),
        (279, 4, 100),
    ]
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 8)


def tiff_fax_garbage() -> bytes:
    noise = NOISE
    entries = [
        (256, 4, 1728),
        (257, 4, 2200),
        (258, 3, 1),
        (259, 3, 4),
        (262, 3, 0),
        (273, 4, 200),
        (278, 4, 2200),
        (279, 4, 3000),
    ]
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return (b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0)).ljust(200, b"\0") + noise


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "only a mark": lambda: b"%PDF-1.7\n",
    "text": lambda: b"Dear Sirs, please find attached.",
    "picture bomb": picture_bomb,
    "page of a kilometre": lambda: blank(b"0 0 2834645 2834645"),
    "page as thin as a thread": lambda: blank(b"0 0 10000000 0.001"),
    "page box upside down and infinite": lambda: blank(b"1e38 1e38 -1e38 -1e38"),
    "page box that is no number": lambda: blank(b"/A (b) null []"),
    "page tree in a circle": recursive_tree,
    "form that draws itself": endless_form,
    "arrays a hundred thousand deep": deep_arrays,
    "claims 900,000 pages": claimed_count,
    "JBIG2 garbage": lambda: garbage_image(b"JBIG2Decode"),
    "JPEG 2000 garbage": lambda: garbage_image(b"JPXDecode"),
    "fax garbage": lambda: garbage_image(b"CCITTFaxDecode", b"/K -1 /Columns 2000000000 /Rows 2000000000"),
    "predictor overflow": lambda: garbage_image(b"LZWDecode", b"/Predictor 15 /Columns 2147483647 /Colors 32"),
    "PNG text bomb": png_text_bomb,
    "PNG data bomb": png_data_bomb,
    "PNG claims 30,000 × 30,000": lambda: png(
        (b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)), (b"IDAT", b"")
    ),
    "PNG of no size": lambda: png((b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0)), (b"IDAT", b"")),
    "TIFF in a circle": tiff_in_a_circle,
    "TIFF fax garbage": tiff_fax_garbage,
    "JPEG cut after its mark": lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + NOISE[:400],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_fails_with_a_reason(tmp_path: Path, reader: PageReader, name: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(HOSTILE[name]())
    try:
        accepted: Accepted | None = check_upload(path, f"{name}.pdf", UploadLimits(), reader)
    except Refusal as refusal:
        assert refusal.message.params["name"]
        accepted = None
    if accepted:
        for step in (reader.read_page, lambda *file: reader.render_page(*file, 800)):
            try:
                step(path, accepted.kind, 1)
            except ReadingFailed as error:
                assert error.failure in EXPECTED, error.failure
    assert_serves(reader, tmp_path)


@pytest.mark.parametrize(
    "name", ["empty", "only a mark", "text", "page tree in a circle", "PNG claims 30,000 × 30,000"]
)
def test_what_holds_no_page_or_claims_too_much_is_not_kept(tmp_path: Path, reader: PageReader, name: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(HOSTILE[name]())
    with pytest.raises(Refusal):
        check_upload(path, name, UploadLimits(), reader)


def test_ten_thousand_tiny_pages_are_counted_and_the_last_is_read(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "many.pdf"
    with pikepdf.new() as pdf:
        for _ in range(10_000):
            pdf.add_blank_page(page_size=(3, 3))
        pdf.save(path)
    assert check_upload(path, "many.pdf", UploadLimits(), reader).pages == 10_000
    assert reader.read_page(path, FileKind.PDF, 10_000).source == "none"


def test_more_pages_than_allowed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    sheets = [Image.new("1", (8, 8))] * 30
    sheets[0].save(path, "TIFF", save_all=True, append_images=sheets[1:])
    with PageReader(ChildLimits(max_pages=20)) as reader, pytest.raises(ReadingFailed) as error:
        reader.inspect(path, FileKind.TIFF)
    assert error.value.failure is Failure.TOO_MANY_PAGES


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_copy_of_a_good_pdf_never_takes_the_reader_along(
    tmp_path: Path, reader: PageReader, seed: int
) -> None:
    path = tmp_path / "x.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "A letter that was sound when it was sent, and is long enough to be text. " * 2)
    canvas.save()
    data = bytearray(path.read_bytes())
    for number in range(40):  # spread bytes of rubbish, elsewhere for each seed
        data[(seed * 7919 + number * 104_729) % len(data)] = (seed * 31 + number * 17) % 256
    path.write_bytes(data)
    try:
        accepted = check_upload(path, "x.pdf", UploadLimits(), reader)
        reader.render_page(path, accepted.kind, 1, 300)
    except (NoPages, Refusal, ReadingFailed) as error:
        assert str(error)
    assert_serves(reader, tmp_path)


def assert_serves(reader: PageReader, folder: Path) -> None:
    path = folder / "good.png"
    Image.new("L", (50, 50), "white").save(path)
    assert reader.inspect(path, FileKind.PNG).pages == 1
