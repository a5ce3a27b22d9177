"""Cover sheets in scans of the watched folder: what they lead is divided, filed or put into the tray."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from portal.arrivals import states
from portal.arrivals.states import ArrivalState
from portal.documents.models import Direction, Document, DocumentKind
from tests.arrivals_world import Folder, filed, joined, rows, sheet_page, sheet_pdf, tiff, waiting
from tests.web.documents_world import World, pdf


def test_a_sheet_leads_its_pages_into_the_dossier_and_is_cut_off(parts: Any, world: World, folder: Folder) -> None:
    code = folder.code(
        world.general_number, kind=DocumentKind.FAX, direction=Direction.OUTGOING, dated=date(2026, 2, 3)
    )
    folder.put("scan0001.pdf", joined(sheet_pdf(code), pdf("first", "second")))
    folder.sweep()
    assert folder.names() == []
    assert filed(parts) == [(world.general, "fax", "scan0001", 2)]
    (row,) = rows(parts)
    assert (row.state, row.to_check) == (ArrivalState.FILED, False)
    with parts.looking() as work:
        document = work.session.scalars(select(Document)).one()
        assert (document.direction, document.dated) == (Direction.OUTGOING, date(2026, 2, 3))


def test_a_sheet_without_facts_leaves_the_kind_to_be_checked(parts: Any, world: World, folder: Folder) -> None:
    code = folder.code(world.general_number, dated=date(2027, 1, 1))
    folder.put("scan.pdf", joined(sheet_pdf(code), pdf("first")))
    folder.sweep()
    (row,) = rows(parts)
    with parts.looking() as work:
        document = work.session.scalars(select(Document)).one()
        assert (document.kind, document.dated, row.to_check) == (DocumentKind.OTHER, work.today, True)


def test_several_sheets_divide_a_scan(parts: Any, world: World, folder: Folder) -> None:
    general, core = folder.code(world.general_number), folder.code(world.core_number)
    batch = joined(
        sheet_pdf(general), pdf("one", "two"), sheet_pdf(core), pdf("secret"), sheet_pdf(general), pdf("three")
    )
    folder.put("batch.pdf", batch)
    folder.sweep()
    assert folder.names() == []
    assert filed(parts) == [
        (world.general, "other", "batch (1)", 2),
        (world.core, "other", "batch (2)", 1),
        (world.general, "other", "batch (3)", 1),
    ]
    with parts.looking() as work:
        for document in work.session.scalars(select(Document).where(Document.dossier_id == world.general)):
            assert b"secret" not in everything_in(parts, document.current.content_key)


def everything_in(parts: Any, key: str) -> bytes:
    """All that a PDF holds, unpacked, whether a page shows it or not."""
    with parts.store.open(key) as stream, pikepdf.open(io.BytesIO(stream.read())) as file:
        return b"".join(item.read_bytes() for item in file.objects if isinstance(item, pikepdf.Stream))


def test_pages_that_speak_of_others_do_not_bring_them_along(parts: Any, world: World, folder: Folder) -> None:
    """Links, outlines and threads of a batch lead to pages of other dossiers: none of them may come into a part."""
    code = folder.code(world.general_number)
    data = io.BytesIO()
    with pikepdf.open(io.BytesIO(joined(sheet_pdf(code), pdf("mine"), sheet_pdf(code), pdf("theirs")))) as whole:
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 10, 10],
            Dest=[whole.pages[3].obj, pikepdf.Name.Fit],
        )
        whole.pages[1].Annots = pikepdf.Array([whole.make_indirect(link)])
        with whole.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("theirs", 3))
        whole.save(data)
    folder.put("batch.pdf", data.getvalue())
    folder.sweep()
    assert [pages for _, _, _, pages in filed(parts)] == [1, 1]
    with parts.looking() as work:
        mine, theirs = (row.current.content_key for row in work.session.scalars(select(Document).order_by(Document.id)))
    assert b"mine" in everything_in(parts, mine) and b"theirs" not in everything_in(parts, mine)
    assert b"theirs" in everything_in(parts, theirs) and b"mine" not in everything_in(parts, theirs)


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw", "tiff_adobe_deflate"])
def test_a_tiff_is_divided_without_losing_a_pixel(parts: Any, world: World, folder: Folder, compression: str) -> None:
    page = Image.effect_noise((300, 200), 90).convert("1").convert("L")
    sheet = sheet_page(folder.code(world.general_number))
    folder.put("fax.tif", tiff(sheet, page, page.rotate(180), compression=compression))
    folder.sweep()
    assert filed(parts) == [(world.general, "other", "fax", 2)]
    with parts.looking() as work:
        key = work.session.scalars(select(Document)).one().current.content_key
    with parts.store.open(key) as stream, Image.open(io.BytesIO(stream.read())) as kept:
        assert (kept.info["compression"], kept.info["dpi"]) == (compression, (150, 150))
        for frame, before in enumerate((page, page.rotate(180))):
            kept.seek(frame)
            assert kept.convert("L").tobytes() == before.tobytes()


def test_a_sheet_that_cannot_be_cut_off_without_loss_stays(parts: Any, world: World, folder: Folder) -> None:
    page = Image.effect_noise((300, 200), 90)
    folder.put("fax.tif", tiff(sheet_page(folder.code(world.general_number)), page, compression="jpeg"))
    folder.sweep()
    assert filed(parts) == [(world.general, "other", "fax", 2)]


def test_a_signed_pdf_is_not_cut(parts: Any, world: World, folder: Folder) -> None:
    data = io.BytesIO()
    with pikepdf.open(io.BytesIO(joined(sheet_pdf(folder.code(world.general_number)), pdf("signed")))) as whole:
        whole.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=[])
        whole.save(data)
    folder.put("contract.pdf", data.getvalue())
    folder.sweep()
    assert filed(parts) == [(world.general, "other", "contract", 2)]


def test_a_batch_that_cannot_be_divided_waits_whole(parts: Any, world: World, folder: Folder) -> None:
    sheets = [sheet_page(folder.code(number)) for number in (world.general_number, world.core_number)]
    page = Image.effect_noise((300, 200), 90)
    folder.put("batch.tif", tiff(sheets[0], page, sheets[1], page, compression="jpeg"))
    folder.sweep()
    assert filed(parts) == [] and waiting(parts) == [("batch.tif", states.NOT_TO_BE_SPLIT)]
    (row,) = rows(parts)
    assert {row.dossier_id, row.other_dossier_id} == {world.general, world.core}


def test_pages_before_the_first_sheet_wait(parts: Any, world: World, folder: Folder) -> None:
    folder.put("batch.pdf", joined(pdf("whose"), sheet_pdf(folder.code(world.general_number)), pdf("mine")))
    folder.sweep()
    assert waiting(parts) == [("batch (1).pdf", states.BEFORE_THE_SHEET)]
    assert filed(parts) == [(world.general, "other", "batch (2)", 1)]
    assert folder.names() == []


def test_a_sheet_with_nothing_behind_it_waits(parts: Any, world: World, folder: Folder) -> None:
    code = folder.code(world.general_number)
    folder.put("alone.pdf", sheet_pdf(code))
    folder.put("batch.pdf", joined(sheet_pdf(code), sheet_pdf(code), pdf("mine")))
    folder.sweep()
    assert waiting(parts) == [("alone.pdf", states.ONLY_A_SHEET), ("batch (1).pdf", states.ONLY_A_SHEET)]
    assert filed(parts) == [(world.general, "other", "batch (2)", 1)]
