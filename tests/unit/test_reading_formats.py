"""Files are judged by what they are and by what their headers claim, never by their names."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from portal.documents.reading.formats import (
    Accepted,
    EmptyFile,
    NoPages,
    Refusal,
    TooManyBytes,
    TooManyPixels,
    WrongType,
    check_upload,
)
from portal.documents.reading.kinds import FileKind, sniff
from portal.documents.reading.limits import UploadLimits
from portal.documents.reading.reader import PageReader


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


def picture_file(path: Path, image_format: str, size: tuple[int, int] = (60, 80), **options: object) -> Path:
    Image.new("RGB", size, "white").save(path, image_format, **options)
    return path


def pdf_file(path: Path, pages: int = 3) -> Path:
    canvas = Canvas(str(path))
    for number in range(pages):
        canvas.drawString(72, 720, f"Page {number + 1} of a letter to the client")
        canvas.showPage()
    canvas.save()
    return path


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def jpeg_that_claims(width: int, height: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (16, 16)).save(data, "JPEG")
    jpeg = bytearray(data.getvalue())
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(jpeg)


def tiff_whose_second_page_claims(path: Path, width: int, height: int) -> Path:
    first, second = Image.new("L", (40, 40)), Image.new("L", (41, 43))
    first.save(path, "TIFF", save_all=True, append_images=[second])
    data = bytearray(path.read_bytes())
    for tag, value, claimed in ((256, 41, width), (257, 43, height)):
        for kind in (3, 4):
            entry = struct.pack("<HHI", tag, kind, 1) + struct.pack("<I", value)
            if entry in data:
                at = data.index(entry)
                data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, claimed)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("image_format", "kind", "media_type"),
    [
        ("PNG", FileKind.PNG, "image/png"),
        ("JPEG", FileKind.JPEG, "image/jpeg"),
        ("TIFF", FileKind.TIFF, "image/tiff"),
    ],
)
def test_pictures_are_taken_whatever_their_name(
    tmp_path: Path, reader: PageReader, image_format: str, kind: FileKind, media_type: str
) -> None:
    path = picture_file(tmp_path / "upload", image_format)
    accepted = check_upload(path, "letter.pdf", UploadLimits(), reader)
    assert accepted == Accepted("letter.pdf", kind, media_type, path.stat().st_size, 1, False, None)


def test_a_pdf_is_taken_and_its_pages_counted(tmp_path: Path, reader: PageReader) -> None:
    accepted = check_upload(pdf_file(tmp_path / "x", pages=3), "合同.pdf", UploadLimits(), reader)
    assert (accepted.kind, accepted.media_type, accepted.pages) == (FileKind.PDF, "application/pdf", 3)


def test_a_stream_is_sniffed_where_it_stands_and_left_there() -> None:
    stream = io.BytesIO(b"..%PDF-1.7")
    stream.seek(2)
    assert sniff(stream) is FileKind.PDF
    assert stream.tell() == 2
    assert sniff(io.BytesIO(b"GIF89a")) is None
    assert sniff(io.BytesIO(b"")) is None


def test_an_empty_file_is_refused(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x"
    path.touch()
    with pytest.raises(EmptyFile) as error:
        check_upload(path, "../empty.pdf", UploadLimits(), reader)
    assert error.value.message.params == {"name": "empty.pdf"}
    assert "empty.pdf" in str(error.value)


@pytest.mark.parametrize("content", [b"Dear Sirs,\n", b"GIF89a\x01\0\x01\0", b"PK\x03\x04", b"<svg/>", b"MZ\x90\0"])
def test_text_and_other_kinds_named_pdf_are_refused(tmp_path: Path, reader: PageReader, content: bytes) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    with pytest.raises(WrongType):
        check_upload(path, "letter.pdf", UploadLimits(), reader)


def test_too_many_bytes_are_refused(tmp_path: Path, reader: PageReader) -> None:
    path = pdf_file(tmp_path / "x")
    with path.open("ab") as stream:
        stream.truncate(3 * 1024 * 1024)
    with pytest.raises(TooManyBytes) as error:
        check_upload(path, "big.pdf", UploadLimits(max_bytes=2 * 1024 * 1024), reader)
    assert (error.value.message.params["size"], error.value.message.params["limit"]) == (3, 2)


def test_a_png_that_claims_30000_by_30000_is_refused_from_its_header(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x"
    path.write_bytes(png_that_claims(30_000, 30_000))
    with pytest.raises(TooManyPixels) as error:
        check_upload(path, "x.png", UploadLimits(), reader)
    assert (error.value.message.params["size"], error.value.message.params["limit"]) == (900, 150)


def test_a_jpeg_that_claims_too_much_is_refused(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x"
    path.write_bytes(jpeg_that_claims(60_000, 60_000))
    with pytest.raises(TooManyPixels):
        check_upload(path, "x.jpg", UploadLimits(), reader)


def test_every_frame_of_a_tiff_counts(tmp_path: Path, reader: PageReader) -> None:
    path = tiff_whose_second_page_claims(tmp_path / "x", 30_000, 30_000)
    with pytest.raises(TooManyPixels) as error:
        check_upload(path, "x.tif", UploadLimits(), reader)
    assert error.value.message.params["size"] == 900


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_truncated_pdf_without_a_page_is_refused(tmp_path: Path, reader: PageReader, share: float) -> None:
    # Object streams keep the page tree compressed near the end, as most writers have done since PDF 1.5.
    path = pdf_file(tmp_path / "x")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(NoPages):
        check_upload(path, "cut.pdf", UploadLimits(), reader)


def test_a_pdf_that_lost_its_end_but_not_its_pages_is_taken(tmp_path: Path, reader: PageReader) -> None:
    path = pdf_file(tmp_path / "x")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"xref\n", 0, data.rindex(b"startxref"))])
    assert check_upload(path, "cut.pdf", UploadLimits(), reader).pages == 3


def test_a_png_of_which_only_the_first_bytes_are_right_is_refused(tmp_path: Path, reader: PageReader) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"garbage" * 50)
    with pytest.raises(NoPages):
        check_upload(path, "x.png", UploadLimits(), reader)


def test_an_encrypted_pdf_is_kept_and_says_why_it_cannot_be_read(tmp_path: Path, reader: PageReader) -> None:
    path = pdf_file(tmp_path / "x")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))
    accepted = check_upload(path, "locked.pdf", UploadLimits(), reader)
    assert accepted.encrypted
    assert accepted.pages == 0
    assert accepted.reason == "The file needs a password to be opened."


def test_a_pdf_that_only_forbids_printing_is_read(tmp_path: Path, reader: PageReader) -> None:
    path = pdf_file(tmp_path / "x")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user=""))
    accepted = check_upload(path, "locked.pdf", UploadLimits(), reader)
    assert (accepted.encrypted, accepted.pages, accepted.reason) == (True, 3, None)


def test_every_refusal_speaks_in_sentences_and_names_the_file() -> None:
    for refusal in Refusal.__subclasses__():
        assert "%(name)s" in refusal.message_id
        assert refusal.message_id.endswith(".")
