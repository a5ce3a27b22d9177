"""The text of office files, mail and plain text, as the child process gives it, and what it refuses."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from portal.documents.reading.formats import NoPages, WrongType, check_upload
from portal.documents.reading.kinds import FileKind, sniff
from portal.documents.reading.limits import ChildLimits, UploadLimits
from portal.documents.reading.mail import text_of_html
from portal.documents.reading.paging import PAGE_CHARACTERS, in_pages
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure
from tests.unit.office_files import mail_file, outlook_file, with_part, word_file, workbook_file, written

WORD_XML = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET_XML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]>'


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


def texts(reader: PageReader, path: Path) -> list[str]:
    """What the archive reads of a file that it takes."""
    accepted = check_upload(path, path.name, UploadLimits(), reader)
    found = [reader.read_page(path, accepted.kind, number) for number in range(1, accepted.pages + 1)]
    assert {(page.confidence, tuple(page.boxes)) for page in found} == {(None, ())}
    return [page.text for page in found]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (word_file(["x"]), FileKind.WORD),
        (workbook_file({"A": [["x"]]}), FileKind.WORKBOOK),
        (mail_file("x"), FileKind.MAIL),
        (b"From li@hengda.example Mon Mar  2 09:30:00 2026\n" + mail_file("x"), FileKind.MAIL),
        (outlook_file("x"), FileKind.OUTLOOK),
        (b"Dear Sirs,\nplease find attached.\n", None),
        (b"Subject: a note\nthat is no mail\n", None),
        (b"PK\x03\x04" + bytes(400), None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000), None),
        (with_part(word_file(["x"]), "word/vbaProject.bin", b"macros"), None),
    ],
    ids=["docx", "xlsx", "eml", "mailbox", "msg", "text", "one header", "zip", "ole", "macros"],
)
def test_files_are_known_by_their_content(tmp_path: Path, content: bytes, kind: FileKind | None) -> None:
    assert sniff(written(tmp_path, "upload", content)) is kind
    assert sniff(io.BytesIO(content)) is kind


def test_a_word_document_is_read_with_letterhead_tables_and_text_frames(tmp_path: Path, reader: PageReader) -> None:
    content = word_file(["Contrato de suministro", "合同书"], [["Pieza", "Precio"], ["Válvula", "42"]], "Hengda 恒达")
    framed = (
        f'<w:document xmlns:w="{WORD_XML}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        "<w:body><w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>before</w:t><w:tab/></w:r>"
        "<w:ins><w:r><w:t>added</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>in a frame</w:t></w:r></w:p></w:txbxContent>"
        "</mc:Choice><mc:Fallback><w:p><w:r><w:t>in a frame</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
        "</w:p><w:sdt><w:sdtContent><w:p><w:r><w:t>in a field</w:t></w:r></w:p></w:sdtContent></w:sdt></w:body>"
        "</w:document>"
    )
    assert texts(reader, written(tmp_path, "a", content)) == [
        "Hengda 恒达\nContrato de suministro\n合同书\nPieza\tPrecio\nVálvula\t42"
    ]
    strange = with_part(word_file(["x"]), "word/document.xml", framed.encode())
    assert texts(reader, written(tmp_path, "b", strange)) == ["before\tadded\nin a frame\nin a field"]


def test_a_long_word_document_becomes_pages_that_break_between_paragraphs(tmp_path: Path, reader: PageReader) -> None:
    paragraphs = [f"Clause {number}. " + "The supplier delivers on time. " * 20 for number in range(1, 41)]
    pages = texts(reader, written(tmp_path, "long.docx", word_file(paragraphs)))
    assert len(pages) > 5
    assert all(len(page) <= PAGE_CHARACTERS and page.startswith("Clause ") for page in pages)
    assert "\n".join(pages).split("\n") == [paragraph.rstrip() for paragraph in paragraphs]


def test_pages_of_text_lose_nothing_and_never_grow() -> None:
    chinese = "甲方应在三日内答复。" * 1000
    pages = in_pages([chinese, "", "end"])
    assert all(len(page) <= PAGE_CHARACTERS for page in pages)
    assert "".join(pages).replace("\n", "") == chinese + "end"
    assert all(page.endswith("。") for page in pages[:-1])
    unbroken = in_pages(["x" * 7001])
    assert "".join(unbroken) == "x" * 7001 and len(unbroken) == 3
    assert in_pages([]) == [""]


def test_a_workbook_has_a_page_for_each_sheet_and_more_for_a_long_one(tmp_path: Path, reader: PageReader) -> None:
    rows = [["No.", "Artículo", "日期", "Price"]]
    rows += [[number, "válvula", date(2026, 3, 2), number / 4] for number in range(1, 301)]  # type: ignore[list-item]
    content = workbook_file(
        {
            "Precios": rows,
            "备注": [["ok", datetime.fromisoformat("2026-03-02 14:30"), True], [None], ["last"]],
            "Empty": [],
        }
    )
    pages = texts(reader, written(tmp_path, "without an extension", content))
    long = [page for page in pages if page.startswith("Precios\n")]
    assert len(long) > 1
    assert "1\tválvula\t2026-03-02\t0.25" in long[0] and "300\tválvula\t2026-03-02\t75" in long[-1]
    assert pages[len(long) :] == ["备注\n\nok\t2026-03-02 14:30\tTrue\nlast", "Empty"]


def test_a_mail_is_read_with_its_headers_and_the_names_of_its_attachments(tmp_path: Path, reader: PageReader) -> None:
    content = mail_file("Adjuntamos el contrato.\n您好", "<p>not this</p>", ["合同书.pdf"])
    (text,) = texts(reader, written(tmp_path, "mail", content))
    assert text == (
        "From: 李伟 <li@hengda.example>\nTo: Amparo Gil <amparo@legajo.example>\n"
        "Date: Mon, 02 Mar 2026 09:30:00 +0800\nSubject: Devolución de las piezas\n\n"
        "Adjuntamos el contrato.\n您好\n\n\n[合同书.pdf]"
    )


def test_a_mail_that_is_only_html_is_read_without_its_scripts(tmp_path: Path, reader: PageReader) -> None:
    html = (
        "<html><head><style>p{}</style><title>no</title><body><p>Señor&nbsp;Li:<br>gracias<script>no()</script></html>"
    )
    (text,) = texts(reader, written(tmp_path, "mail", mail_file("", html)))
    assert text.endswith("\n\nSeñor Li:\ngracias") and "no" not in text
    assert text_of_html("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>") == "a\tb\n\nc"
    assert text_of_html("a<br>b<div>c</div>d &lt;e&gt; 合同") == "a\nb\nc\nd <e> 合同"


def test_a_mail_in_the_wrong_alphabet_is_read_all_the_same(tmp_path: Path, reader: PageReader) -> None:
    head = b"From: a@b.example\nTo: c@d.example\nSubject: x\nMIME-Version: 1.0\n"
    claims = b'Content-Type: text/plain; charset="gb2312"\nContent-Transfer-Encoding: 8bit\n\n'
    assert "朱镕基" in texts(reader, written(tmp_path, "gbk", head + claims + "朱镕基总理".encode("gbk")))[0]
    nonsense = b'Content-Type: text/plain; charset="x-no-such"\nContent-Transfer-Encoding: 8bit\n\n'
    spanish = "La devolución de las piezas según el contrato".encode("cp1252")
    assert "devolución" in texts(reader, written(tmp_path, "none", head + nonsense + spanish))[0]


def test_a_mail_inside_a_mail_is_named_by_its_subject(tmp_path: Path, reader: PageReader) -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"] = "Der ursprüngliche Auftrag"
    inner.set_content("inside")
    for name, value in (("From", "a@b.example"), ("To", "c@d.example"), ("Subject", "Fwd")):
        outer[name] = value
    outer.set_content("see below")
    outer.add_attachment(inner)
    (text,) = texts(reader, written(tmp_path, "fwd.eml", bytes(outer)))
    assert text.endswith("see below\n\n\n[Der ursprüngliche Auftrag]")


def test_an_outlook_mail_is_read(tmp_path: Path, reader: PageReader) -> None:
    plain = outlook_file("关于退货", "Estimado señor:\r\ngracias", attachments=["factura.xlsx"], sender="李伟")
    assert texts(reader, written(tmp_path, "plain.msg", plain)) == [
        "From: 李伟\nSubject: 关于退货\n\nEstimado señor:\ngracias\n\n[factura.xlsx]"
    ]
    html = outlook_file("x", html="<p>señor<p>合同".encode())
    assert texts(reader, written(tmp_path, "html.msg", html))[0].endswith("\n\nseñor\n合同")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_plain_text_is_read_in_the_usual_alphabets(tmp_path: Path, reader: PageReader, encoding: str) -> None:
    words = "关于购销合同第HT-2026-0042号的退货事宜，请贵公司于三日内答复。\n恒达机械有限公司"
    assert texts(reader, written(tmp_path, "note.txt", words.encode(encoding))) == [words]
    spanish = "Señores: rogamos la devolución según el contrato."
    assert texts(reader, written(tmp_path, "nota.TXT", spanish.encode("cp1252"))) == [spanish]


def test_text_needs_both_its_content_and_its_name(tmp_path: Path, reader: PageReader) -> None:
    for name, content in (("a.pdf", b"Dear Sirs"), ("b.txt", b"MZ\x90\x00"), ("c.txt", b"GIF89a\x01\0"), ("d", b"x")):
        with pytest.raises(WrongType):
            check_upload(written(tmp_path, name, content), name, UploadLimits(), reader)


def word_saying(text: str, before: str = "") -> bytes:
    """A Word document whose XML says this as it stands, after a document type."""
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    document = f'{before}<w:document xmlns:w="{WORD_XML}">{body}</w:document>'
    return with_part(word_file(["x"]), "word/document.xml", document.encode())


def sheet_saying(text: str, before: str = "") -> bytes:
    """A workbook whose one cell takes this, as it stands, from the table of shared strings."""
    strings = f'{before}<sst xmlns="{SHEET_XML}" count="1" uniqueCount="1"><si><t>{text}</t></si></sst>'
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    cell = f'<worksheet xmlns="{SHEET_XML}"><sheetData>{row}</sheetData></worksheet>'
    book = workbook_file({"A": [["x"]]})
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        types = package.read("[Content_Types].xml").decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    book = with_part(book, "[Content_Types].xml", types.replace("</Types>", override).encode())
    book = with_part(book, "xl/sharedStrings.xml", strings.encode())
    return with_part(book, "xl/worksheets/sheet1.xml", cell.encode())


@pytest.mark.parametrize("saying", [word_saying, sheet_saying], ids=["word", "sheet"])
def test_no_entity_brings_in_another_file(tmp_path: Path, reader: PageReader, saying: Any) -> None:
    secret = written(tmp_path, "secret", b"the secret of the server")
    assert "says AB" in texts(reader, written(tmp_path, "plain", saying("says AB")))[0]
    path = written(tmp_path, "hostile", saying("says A&e;B", ENTITY.format(address=secret.as_uri())))
    try:
        found = "".join(texts(reader, path))
    except NoPages:
        return
    assert "secret" not in found


def _laughing(saying: Any) -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return bytes(saying("&a9;", f"<!DOCTYPE x [{entities}]>"))


def _deep(kind: str) -> bytes:
    if kind == "word":
        nested = "<w:sdt><w:sdtContent>" * 50_000
        return with_part(
            word_file(["x"]), "word/document.xml", f'<w:document xmlns:w="{WORD_XML}"><w:body>{nested}'.encode()
        )
    head = b"From: a@b.example\nTo: c@d.example\nSubject: x\nMIME-Version: 1.0\n"
    return head + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number) for number in range(20_000)
    )


def _sparse() -> bytes:
    """A sheet that claims cells at the end of a million rows and 16,384 columns."""
    rows = "".join(f'<row r="{row}"><c r="XFD{row}"><v>7</v></c></row>' for row in (1, 2, 1_048_576))
    sheet = f'<worksheet xmlns="{SHEET_XML}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    return with_part(workbook_file({"A": [["x"]]}), "xl/worksheets/sheet1.xml", sheet.encode())


def _bomb() -> bytes:
    """A file that says truthfully that it unpacks to more than is allowed."""
    data = io.BytesIO(word_file(["x"]))
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for number in range(6):
            with package.open(f"word/media/{number}.bin", "w") as part:
                for _ in range(100):
                    part.write(bytes(1 << 20))
    return data.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        lambda: _laughing(word_saying),
        lambda: _laughing(sheet_saying),
        lambda: _deep("word"),
        lambda: _deep("mail"),
        _bomb,
        lambda: word_file(["x"])[:-200] + b"word/document.xml[Content_Types].xml",
        lambda: with_part(workbook_file({"A": [["x"]]}), "xl/workbook.xml", b"<nothing/>"),
        _sparse,
        lambda: with_part(word_file(["x"]), "word/document.xml", b"\xff\xfe garbage"),
        lambda: outlook_file("x")[:2000],
    ],
    ids=[
        "laughing docx",
        "laughing xlsx",
        "deep docx",
        "deep mail",
        "bomb",
        "cut",
        "no book",
        "sparse",
        "garbage",
        "cut msg",
    ],
)
def test_a_hostile_file_is_refused_or_says_little(tmp_path: Path, reader: PageReader, content: Any) -> None:
    path = written(tmp_path, "hostile", content())
    try:
        found = texts(reader, path)
    except (NoPages, WrongType):
        found = []
    assert sum(map(len, found)) < 100_000
    assert texts(reader, written(tmp_path, "next", word_file(["as before"]))) == ["as before"]


def test_more_pages_of_text_than_allowed_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "long.docx", word_file(["x" * PAGE_CHARACTERS] * 4))
    with PageReader(ChildLimits(max_pages=3)) as strict, pytest.raises(ReadingFailed) as error:
        strict.inspect(path, FileKind.WORD)
    assert error.value.failure is Failure.TOO_MANY_PAGES


def test_a_workbook_that_takes_long_is_taken_with_its_pages_unknown(tmp_path: Path) -> None:
    path = written(tmp_path, "long.xlsx", workbook_file({"A": [list(range(50))] * 800}))
    limits = UploadLimits(page_tree_seconds=0.05)
    with PageReader() as reader:
        reader.inspect(written(tmp_path, "warm.docx", word_file(["x"])), FileKind.WORD)
        accepted = check_upload(path, "long.xlsx", limits, reader)
        assert (accepted.kind, accepted.pages) == (FileKind.WORKBOOK, 0)
        assert reader.inspect(path, FileKind.WORKBOOK).pages > 20


def test_text_has_no_picture(tmp_path: Path, reader: PageReader) -> None:
    path = written(tmp_path, "a.docx", word_file(["x"]))
    with pytest.raises(ReadingFailed) as error:
        reader.render_page(path, FileKind.WORD, 1, 500)
    assert error.value.failure is Failure.NO_SUCH_PAGE
    assert [kind for kind in FileKind if not kind.has_page_images] == [
        FileKind.WORD,
        FileKind.WORKBOOK,
        FileKind.MAIL,
        FileKind.OUTLOOK,
        FileKind.TEXT,
    ]
