"""The demonstration archive: complete, consistent, the same for the same day, and readable."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import docx
import numpy as np
import phonenumbers
import pypdfium2
import pytest
from PIL import Image, ImageSequence
from rapidocr import RapidOCR
from stdnum.cn import uscc
from stdnum.es import cif
from stdnum.gb import vat
from stdnum.mx import rfc
from stdnum.us import ein

from portal.clients.models import ClientKind, ClientRank
from portal.clients.rules import clean_client
from portal.core.permissions import Level, Role
from portal.demonstration.archive import TOUR_FAX, Archive, demonstration_archive
from portal.demonstration.client_data import client_data
from portal.demonstration.model import Client
from portal.documents.models import DocumentKind
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import PageReader
from portal.documents.rules import SURE_ENOUGH
from portal.lending.states import LineState

TODAY = date(2026, 11, 21)
ARCHIVE = demonstration_archive(TODAY)
PICTURES = [document.key for document in ARCHIVE.documents if document.image_only]
SET_IN_TEXT = [document.key for document in ARCHIVE.documents if not document.image_only and document.form == "pdf"]
WRITTEN = {document.form: document for document in ARCHIVE.documents if document.form != "pdf"}

REGISTRATION_CHECKS = {
    "CN": uscc.is_valid,
    "ES": cif.is_valid,
    "MX": lambda number: rfc.is_valid(number, validate_check_digits=True),
    "GB": vat.is_valid,
    "US": ein.is_valid,
}


@cache
def file_of(key: str) -> tuple[str, bytes]:
    return ARCHIVE.document(key).make_file()


def page_images(key: str) -> list[Image.Image]:
    name, content = file_of(key)
    if name.endswith(".pdf"):
        with pypdfium2.PdfDocument(content) as document:
            return [page.render(scale=150 / 72).to_pil() for page in document]
    with Image.open(io.BytesIO(content)) as image:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]


def pdf_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)


def by_key(things: Iterable[Any]) -> dict[str, Any]:
    things = tuple(things)
    keyed = {thing.key: thing for thing in things}
    assert len(keyed) == len(things), "two things have one key"
    return keyed


class TestWhatIsThere:
    def test_counts(self) -> None:
        assert len(ARCHIVE.clients) == 12
        assert len(ARCHIVE.dossiers) == 20
        assert len(ARCHIVE.documents) == 45
        assert len(PICTURES) == 12
        assert Counter(document.language for document in ARCHIVE.documents) == {"en": 15, "es": 15, "zh": 15}
        assert Counter(ARCHIVE.document(key).language for key in PICTURES) == {"en": 4, "es": 4, "zh": 4}

    def test_every_kind_of_document_in_every_language(self) -> None:
        found = {(document.language, document.kind) for document in ARCHIVE.documents}
        kinds = ("letter", "fax", "contract", "call_note", "yearly_report")
        assert found == {(language, kind) for language in ("en", "es", "zh") for kind in kinds}

    def test_every_role_can_log_in(self) -> None:
        assert {role for person in ARCHIVE.people for role in person.roles} == set(Role)

    def test_levels_and_states_of_dossiers(self) -> None:
        levels = Counter(dossier.level for dossier in ARCHIVE.dossiers)
        assert levels[Level.GENERAL] > 10
        assert levels[Level.IMPORTANT] >= 3
        assert levels[Level.CORE] >= 3
        assert Counter(dossier.state for dossier in ARCHIVE.dossiers) == {
            "approved": 18,
            "draft": 1,
            "submitted": 1,
        }
        assert all((dossier.decided_by is None) == (dossier.state != "approved") for dossier in ARCHIVE.dossiers)

    def test_one_client_has_nothing_but_core_dossiers(self) -> None:
        levels = {client.key: set() for client in ARCHIVE.clients}
        for dossier in ARCHIVE.dossiers:
            levels[dossier.client].add(dossier.level)
        assert [client for client, found in levels.items() if found == {Level.CORE}] == ["meridian"]

    def test_requests_in_every_state(self) -> None:
        states = {LineState(request.state) for request in ARCHIVE.requests}
        assert states == set(LineState)

    def test_loans_of_every_end(self) -> None:
        assert {loan.ends for loan in ARCHIVE.loans if loan.due is None} == {"returned", "lost", "voided"}

    def test_kinds_are_those_the_portal_knows(self) -> None:
        assert {ClientKind(client.kind) for client in ARCHIVE.clients} > {ClientKind.SUPPLIER, ClientKind.BANK}
        assert {ClientRank(client.rank) for client in ARCHIVE.clients} == set(ClientRank)
        assert {DocumentKind(document.kind) for document in ARCHIVE.documents} == set(DocumentKind) - {
            DocumentKind.OTHER
        }


class TestConsistency:
    def test_keys_are_unique_and_references_resolve(self) -> None:
        people, clients, dossiers = map(by_key, (ARCHIVE.people, ARCHIVE.clients, ARCHIVE.dossiers))
        departments, requests = map(by_key, (ARCHIVE.departments, ARCHIVE.requests))
        by_key(ARCHIVE.documents), by_key(ARCHIVE.loans)
        for department in ARCHIVE.departments:
            assert people[department.head].department == department.key
            assert department.deputy is None or people[department.deputy].department == department.key
        assert {person.department for person in ARCHIVE.people} <= set(departments)
        assert {r.client for r in ARCHIVE.responsibilities} == set(clients)
        assert {r.person for r in ARCHIVE.responsibilities} <= set(people)
        for dossier in ARCHIVE.dossiers:
            assert dossier.client in clients
            assert dossier.department in departments
            assert dossier.decided_by != dossier.opened_by
        for request in ARCHIVE.requests:
            assert request.reader in people
            assert set(request.volumes) <= {volume.number for volume in dossiers[request.dossier].volumes}
            assert bool(request.volumes) == (request.kind == "borrow")
        for loan in ARCHIVE.loans:
            assert loan.volume in requests[loan.request].volumes
            assert Role.CLERK in people[loan.issued_by].roles

    def test_documents_lie_in_approved_dossiers_opened_before_them(self) -> None:
        dossiers = by_key(ARCHIVE.dossiers)
        for document in ARCHIVE.documents:
            dossier = dossiers[document.dossier]
            assert dossier.state == "approved"
            assert dossier.opened_on <= document.date <= TODAY

    def test_relations_began_before_their_dossiers(self) -> None:
        since = {client.key: client.since for client in ARCHIVE.clients}
        assert all(since[dossier.client] <= dossier.opened_on for dossier in ARCHIVE.dossiers)

    def test_shelf_places_are_used_once(self) -> None:
        places = [volume.place for dossier in ARCHIVE.dossiers for volume in dossier.volumes]
        assert len(places) == len(set(places))
        assert all(re.fullmatch(r"[A-Z]-\d\d-\d-\d\d", place) for place in places)

    def test_requests_are_decided_by_who_may_and_never_by_the_reader(self) -> None:
        people, dossiers = by_key(ARCHIVE.people), by_key(ARCHIVE.dossiers)
        deciders = {department.key: (department.head, department.deputy) for department in ARCHIVE.departments}
        for request in ARCHIVE.requests:
            level = dossiers[request.dossier].level
            if level is Level.CORE:
                assert people[request.reader].clearance is Level.CORE
            signed = {step.action: step.person for step in request.steps}
            assert request.reader not in {signed.get("approve_head"), signed.get("approve_records")}
            if "approve_head" in signed:
                assert signed["approve_head"] in deciders[people[request.reader].department]
            if "approve_records" in signed:
                assert Role.RECORDS_MANAGER in people[signed["approve_records"]].roles
            if request.state == "fulfilled":
                assert "approve_head" in signed
                assert ("approve_records" in signed) == (level is not Level.GENERAL)

    def test_steps_of_a_request_are_in_order(self) -> None:
        for request in ARCHIVE.requests:
            days = [request.created, *(step.days for step in request.steps)]
            assert days == sorted(days)
            assert days[-1] <= 0

    def test_the_tour_fax_is_a_picture_in_a_general_dossier_of_others(self) -> None:
        fax = ARCHIVE.document(TOUR_FAX)
        dossier = by_key(ARCHIVE.dossiers)[fax.dossier]
        asks = by_key(ARCHIVE.people)["ana"]
        assert fax.kind == "fax"
        assert fax.image_only
        assert dossier.level is Level.GENERAL
        assert dossier.department != asks.department
        assert asks.key not in {r.person for r in ARCHIVE.responsibilities if r.client == dossier.client}
        assert fax.dossier not in {request.dossier for request in ARCHIVE.requests}


class TestClients:
    @pytest.mark.parametrize("client", ARCHIVE.clients, ids=lambda client: client.key)
    def test_numbers_are_valid_in_their_country(self, client: Client) -> None:
        for number in (client.phone, client.fax, *(contact.phone for contact in client.contacts)):
            parsed = phonenumbers.parse(number)
            assert phonenumbers.is_valid_number(parsed), number
            assert phonenumbers.region_code_for_number(parsed) == client.country
        assert REGISTRATION_CHECKS[client.country](client.registration_number)

    @pytest.mark.parametrize("client", ARCHIVE.clients, ids=lambda client: client.key)
    def test_the_register_takes_every_client_as_it_stands(self, client: Client) -> None:
        assert clean_client(client_data(client), TODAY).data.name == client.name

    def test_mail_goes_nowhere(self) -> None:
        addresses = [person.email for person in ARCHIVE.people]
        for client in ARCHIVE.clients:
            addresses += [client.email, *(contact.email for contact in client.contacts)]
        assert all(address.endswith(".example") for address in addresses)

    def test_key_clients_have_two_responsible_people(self) -> None:
        held = Counter(responsibility.client for responsibility in ARCHIVE.responsibilities)
        assert all(held[client.key] >= 2 for client in ARCHIVE.clients if client.rank == "key")


class TestSameDaySameArchive:
    @pytest.mark.slow
    def test_same_bytes_twice(self) -> None:
        again = demonstration_archive(TODAY)
        for document in again.documents:
            assert document.make_file() == file_of(document.key), document.key

    def test_another_day_moves_every_date_and_nothing_else(self) -> None:
        later = demonstration_archive(TODAY + timedelta(days=10))
        assert [client.since for client in later.clients] == [
            client.since + timedelta(days=10) for client in ARCHIVE.clients
        ]
        assert [dossier.opened_on for dossier in later.dossiers] == [
            dossier.opened_on + timedelta(days=10) for dossier in ARCHIVE.dossiers
        ]
        for document, moved in zip(ARCHIVE.documents, later.documents, strict=True):
            assert moved.key == document.key
            assert moved.date == document.date + timedelta(days=10)
            assert _undated(moved.text) == _undated(document.text)
            assert moved.text != document.text

    def test_the_date_on_the_paper_moves_into_the_file(self) -> None:
        later = demonstration_archive(TODAY + timedelta(days=10))
        _, content = later.document("en-call-returns").make_file()
        assert "3 November 2026" in pdf_text(content)
        assert "24 October 2026" in pdf_text(file_of("en-call-returns")[1])


def _undated(text: str) -> str:
    text = re.sub(r"\d{4}(-\d\d-\d\d|年\d+月\d+日)", "@", text)
    return re.sub(r"\d{1,2} (de )?[A-Za-z]+ (de )?\d{4}", "@", text)


class TestFiles:
    def test_phrases_stand_in_one_document_each(self) -> None:
        for document in ARCHIVE.documents:
            holders = [other.key for other in ARCHIVE.documents if document.phrase in other.text]
            assert holders == [document.key]

    @pytest.mark.parametrize("key", SET_IN_TEXT)
    def test_text_files_hold_their_whole_text(self, key: str) -> None:
        _, content = file_of(key)
        document = ARCHIVE.document(key)
        found = without_spaces(pdf_text(content))
        assert without_spaces(document.phrase) in found
        for line in document.text.splitlines()[:-2]:  # the last two stand at the foot and head of each page
            assert without_spaces(line) in found

    def test_one_word_document_and_one_mail(self) -> None:
        assert [len(PICTURES), len(SET_IN_TEXT), set(WRITTEN)] == [12, 31, {"word", "mail"}]
        word, mail = WRITTEN["word"], WRITTEN["mail"]
        name, content = file_of(word.key)
        said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)
        assert name.endswith(".docx") and word.phrase in said and word.paper.title in said
        name, content = file_of(mail.key)
        read = email.message_from_bytes(content, policy=email.policy.default)
        assert name.endswith(".eml") and mail.phrase in " ".join(read.get_content().split())
        assert (read["Subject"], read["Date"].datetime.date()) == (mail.subject, mail.date)
        for header, person in ((read["From"], "diego"), (read["To"], None)):
            (address,) = (each.addr_spec for each in header.addresses)
            assert address.endswith(".example") and (person is None or address.startswith(person))

    def test_a_better_file_holds_the_text_of_its_scan(self) -> None:
        (document,) = [document for document in ARCHIVE.documents if document.better_on]
        name, content = document.make_better_file()
        assert document.image_only and document.date < document.better_on < TODAY
        assert name.endswith(".pdf") and without_spaces(document.phrase) in without_spaces(pdf_text(content))

    def test_a_saved_search_asks_for_what_others_filed_later(self) -> None:
        (saved,) = ARCHIVE.saved_searches
        asked_on = TODAY + timedelta(days=saved.days)
        words = saved.question.split()
        found = [document for document in ARCHIVE.documents if all(word in document.text for word in words)]
        assert [document for document in found if document.date > asked_on and document.added_by != saved.person]

    def test_one_fax_is_too_bad_to_be_sure_of(self, page_reader: PageReader, tmp_path: Path) -> None:
        fax = tmp_path / "fax.tif"
        fax.write_bytes(file_of("en-fax-kettles")[1])
        confidence = page_reader.read_page(fax, FileKind.TIFF, 1).confidence
        assert confidence is not None and 0.3 < confidence < SURE_ENOUGH

    @pytest.mark.parametrize("key", PICTURES)
    def test_pictures_have_no_text_layer(self, key: str) -> None:
        name, content = file_of(key)
        if name.endswith(".pdf"):
            assert pdf_text(content).strip() == ""
        else:
            with Image.open(io.BytesIO(content)) as image:
                assert image.format in {"TIFF", "JPEG", "PNG"}

    def test_page_counts(self) -> None:
        pages = {key: len(page_images(key)) for key in (*PICTURES, *SET_IN_TEXT)}
        contracts = {document.key for document in ARCHIVE.documents if document.kind == "contract"}
        enclosures = {"en-fax-castings", "es-fax-manteles", "zh-fax-moju"}
        assert {key for key, count in pages.items() if count > 1} == contracts | enclosures
        assert all(pages[key] == 2 for key in enclosures)
        assert max(pages.values()) <= 6

    def test_faxes_on_tiff_are_one_bit_group_4(self) -> None:
        tiffs = [file_of(key) for key in PICTURES if file_of(key)[0].endswith(".tif")]
        assert len(tiffs) == 5
        for _, content in tiffs:
            with Image.open(io.BytesIO(content)) as image:
                assert image.mode == "1"
                assert image.info["compression"] == "group4"

    def test_all_files_together_stay_small(self) -> None:
        assert sum(len(file_of(document.key)[1]) for document in ARCHIVE.documents) < 15_000_000

    @pytest.mark.parametrize("key", [TOUR_FAX, "es-carta-azulejo", "zh-fax-chuanqi"])
    def test_pictures_can_be_read_by_machine(self, key: str, reader: RapidOCR) -> None:
        page = np.asarray(page_images(key)[0].convert("RGB"))[:, :, ::-1]
        lines = reader(page).txts or ()
        assert without_spaces(ARCHIVE.document(key).phrase) in without_spaces("".join(lines))


@pytest.fixture(scope="module")
def reader() -> RapidOCR:
    return RapidOCR(params={"Global.log_level": "critical"})


@pytest.fixture
def page_reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


def test_the_archive_says_which_day_it_was_made_for() -> None:
    archive: Archive = demonstration_archive(date(2027, 3, 1))
    assert archive.today == date(2027, 3, 1)
    assert max(document.date for document in archive.documents) < archive.today
