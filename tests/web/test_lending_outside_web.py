"""An outside reader through the pages: the form, hostile files, who sees the papers, and the archive's own check."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.outbox import OutboxRow
from portal.core.permissions import Level
from portal.core.trail import TrailEntry
from portal.documents.checking import check_archive, repair_archive
from portal.documents.models import Document
from portal.lending.models import OutsideReader, OutsideReaderPaper, RequestLine
from portal.lending.states import LineState, RequestKind
from tests.web.documents_world import pdf
from tests.web.test_lending_web import ASK, House

VISIT = {"outside_name": "Ignacio Soler", "organisation": "University of Cuenca", "visit_on": "2026-03-04"}


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


def announce(
    house: House, *dossier_ids: int, letter: bytes | None = None, identity: bytes | None = None, **more: Any
) -> Any:
    address = "/requests/outside/new?" + "&".join(f"dossier={dossier_id}" for dossier_id in dossier_ids)
    visitor = house.as_("reader")
    volumes = re.findall(r'name="volume_ids"[^>]*value="(\d+)"', visitor.get(address).text)
    files = {
        "letter": (io.BytesIO(pdf() if letter is None else letter), "letter.pdf"),
        "identity": (io.BytesIO(pdf("An identity document") if identity is None else identity), "passport.pdf"),
    }
    data = {**ASK, **VISIT, "volume_ids": volumes, **files, **more}
    return visitor.post(address, data, shown_at=address, content_type="multipart/form-data")


def papers(house: House) -> list[OutsideReaderPaper]:
    with house.parts.looking() as work:
        return list(work.session.scalars(select(OutsideReaderPaper).order_by(OutsideReaderPaper.id)))


def test_a_host_announces_somebody_and_the_head_sees_the_papers(house: House) -> None:
    dossier_id, _ = house.dossier(name="Ribalta Tiles SL")
    answer = announce(house, dossier_id)
    assert answer.status_code == 302, answer.text
    assert house.one(select(RequestLine.kind, RequestLine.state)) == (RequestKind.READ_IN_ROOM, LineState.SUBMITTED)
    letter, identity = papers(house)
    assert (letter.page_count, letter.file_name, identity.file_name) == (1, "letter.pdf", "passport.pdf")
    row = house.as_("head").get("/requests/decide").text
    assert "Ignacio Soler, University of Cuenca" in row and "Mar 4" in row and "Rea Reader" in row
    assert f"/requests/papers/{letter.id}" in row
    page = house.as_("head").get(answer.location).text
    assert f"/requests/papers/{letter.id}" in page and f"/requests/papers/{identity.id}" in page
    shown = house.as_("head").get(f"/requests/papers/{identity.id}")
    assert shown.status_code == 200
    image = house.as_("head").get(f"/requests/papers/{identity.id}/pages/1")
    assert (image.status_code, image.mimetype) == (200, "image/jpeg")
    assert (image.headers["Cache-Control"], image.headers["Content-Security-Policy"]) == (
        "no-store, private",
        "default-src 'none'; sandbox",
    )
    again = house.as_("clerk").get(f"/requests/papers/{identity.id}/pages/1")
    assert again.data != image.data, "marked with who looks"
    with house.parts.looking() as work:
        looks = select(TrailEntry.details).where(TrailEntry.action == "outside_reader:look")
        assert [row["paper"] for row in work.session.scalars(looks)] == ["identity", "identity"]


@pytest.mark.parametrize("who", ["colleague", "owner", "manager", "cleared"])
def test_nobody_else_sees_the_papers(house: House, who: str) -> None:
    announce(house, house.dossier()[0])
    for paper in papers(house):
        for address in (f"/requests/papers/{paper.id}", f"/requests/papers/{paper.id}/pages/1"):
            assert house.as_(who).get(address).status_code == 404
    assert house.as_("clerk").get(f"/requests/papers/{papers(house)[0].id}/pages/2").status_code == 404


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        (b"", "is empty"),
        (b"MZ\x90\x00 not a paper", "cannot be shown page by page: scan the paper as PDF"),
        (b"%PDF-1.7\nbroken", "damaged or incomplete"),
        (b"From: a@b.example\nTo: c@d.example\nSubject: x\nDate: y\n\nHello", "cannot be shown page by page"),
        (pdf(encrypt=True), "cannot be shown page by page"),
    ],
)
def test_hostile_and_unfit_files_are_refused_at_the_field(house: House, letter: bytes, said: str) -> None:
    answer = announce(house, house.dossier()[0], letter=letter)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Please choose the file again." in answer.text
    assert "Ignacio Soler" in answer.text, "what was typed stays"
    assert (house.count(OutsideReader), house.count(RequestLine)) == (0, 0)


def test_a_missing_paper_or_a_day_in_the_past_is_said_and_nothing_is_kept(house: House) -> None:
    dossier_id, _ = house.dossier()
    address = f"/requests/outside/new?dossier={dossier_id}"
    alone = {**ASK, **VISIT, "letter": (io.BytesIO(pdf()), "letter.pdf")}
    answer = house.as_("reader").post(address, alone, shown_at=address, content_type="multipart/form-data")
    assert answer.status_code == 422
    late = announce(house, dossier_id, visit_on="2026-03-01")
    assert (late.status_code, "cannot lie in the past" in late.text) == (422, True)
    assert list(house.parts.store.keys()) == []
    assert house.count(OutsideReader) == 0


def test_nothing_of_a_core_dossier(house: House) -> None:
    core, _ = house.dossier(Level.CORE)
    house.visitors["reader"] = house.as_("cleared")
    answer = announce(house, core)
    assert "An outside reader may see nothing of a core dossier." in answer.text
    assert list(house.parts.store.keys()) == [], "nobody's papers are kept for nothing"
    assert house.count(RequestLine) == 0


def test_the_papers_are_no_documents_and_never_indexed(house: House) -> None:
    announce(house, house.dossier()[0])
    assert house.count(Document) == 0
    with house.parts.looking() as work:
        kinds = set(work.session.scalars(select(OutboxRow.kind)))
    assert not kinds & {"open_version", "read_page", "index"}


def test_the_check_of_the_archive_knows_the_papers(house: House, clock: Any) -> None:
    announce(house, house.dossier()[0])
    announce(house, house.dossier()[0], letter=pdf("Of a request that failed"), outside_name="")
    keys = {paper.content_key for paper in papers(house)}
    clock.advance(hours=2)
    with house.parts.store.local_copy(next(iter(keys)), suffix=".pdf") as path:
        assert path.exists()
    report = check_archive(house.parts)
    assert (report.orphans, report.lost_papers, report.sound) == ([], [], True)
    orphan = house.parts.store.put(io.BytesIO(b"nobody's"), limit=100)
    clock.advance(days=400)
    report = check_archive(house.parts)
    assert report.orphans == [orphan.key]
    repair_archive(house.parts, report)
    assert keys <= set(house.parts.store.keys())
    house.parts.store.remove(min(keys))
    assert check_archive(house.parts).lost_papers == [min(keys)]
