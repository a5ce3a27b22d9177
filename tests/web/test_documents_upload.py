"""Filing by the form: several files at once, each taken or refused by itself."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from portal.core.messages import Message
from portal.documents.models import Document
from tests.unit.office_files import mail_file, outlook_file
from tests.web.documents_world import (
    LETTER,
    Visitor,
    World,
    counts,
    only_document,
    pdf,
    picture,
    trail_of,
    upload,
)


def test_several_files_become_a_document_each(app: Any, parts: Any, queues: Any, world: World, amparo: Visitor) -> None:
    files = (("offer.pdf", pdf()), ("scan.tif", picture("TIFF", pages=2)), ("photo.jpg", picture("JPEG")))
    answer = upload(amparo, world.general, *files, correspondent="Foundry Ltd")
    assert answer.status_code == 302 and answer.location == f"/dossiers/{world.general}"
    assert counts(parts) == (3, 3, 0)
    page = amparo.get(answer.location).text
    assert "3 documents are filed and will be read now." in page
    for subject in ("offer", "scan", "photo"):
        assert f">{subject}</a>" in page
    assert page.count("Foundry Ltd") == 3
    assert "Being read" in page
    queues.work_until_idle()
    assert counts(parts) == (3, 3, 4)
    assert "Being read" not in amparo.get(answer.location).text


MAIL = "李伟 <li@hengda.example>"


@pytest.mark.parametrize(
    ("fields", "subject", "correspondent"),
    [
        ({}, "Devolución de las piezas", MAIL),
        ({"direction": "out"}, "Devolución de las piezas", "Amparo Gil <amparo@legajo.example>"),
        ({"subject": "Returned parts"}, "Returned parts", MAIL),
        ({"correspondent": "Hengda"}, "Devolución de las piezas", "Hengda"),
        ({"subject": "Returned parts", "correspondent": "Hengda"}, "Returned parts", "Hengda"),
    ],
)
def test_a_mail_says_who_wrote_it_and_what_about_where_the_person_does_not(
    parts: Any, world: World, amparo: Visitor, fields: dict[str, str], subject: str, correspondent: str
) -> None:
    answer = upload(amparo, world.general, ("mail 17.eml", mail_file("From: nobody\nSubject: nothing")), **fields)
    assert answer.status_code == 302
    with parts.looking() as work:
        document = work.session.get_one(Document, only_document(parts))
        assert (document.subject, document.correspondent) == (subject, correspondent)


def test_a_mail_that_says_nothing_and_one_from_outlook(parts: Any, world: World, amparo: Visitor) -> None:
    silent = b"Received: by x.example\nDate: Mon, 02 Mar 2026 09:30:00 +0800\nMIME-Version: 1.0\n\nSubject: no\n"
    outlook = outlook_file("S" * 400, "Regards", sender="Li \u202eWei")
    upload(amparo, world.general, ("silent.eml", silent), ("kept.msg", outlook), ("offer.pdf", pdf()))
    with parts.looking() as work:
        found = [(row.subject, row.correspondent) for row in work.session.query(Document).order_by(Document.id)]
    assert found == [("silent", ""), ("S" * 300, "Li Wei"), ("offer", "")]


def test_bad_files_are_refused_singly_and_good_ones_kept(parts: Any, world: World, amparo: Visitor) -> None:
    answer = upload(amparo, world.general, ("good.pdf", pdf()), ("empty.pdf", b""), ("note.pdf", b"Dear Sirs"))
    assert answer.status_code == 200
    assert "“empty.pdf” is empty. Nothing was kept." in answer.text
    assert "“note.pdf” is not a PDF, TIFF, JPEG or PNG file" in answer.text
    assert ">good</a>" in answer.text
    assert counts(parts) == (1, 1, 0)
    assert len(list(parts.store.keys())) == 1
    assert len(trail_of(parts, "document:add")) == 1


def test_after_a_mixed_answer_the_refused_file_is_sent_again_with_the_new_key(
    parts: Any, world: World, amparo: Visitor
) -> None:
    answer = upload(amparo, world.general, ("good.pdf", pdf()), ("empty.pdf", b""))
    address = f"/dossiers/{world.general}/documents/new"
    tags = re.findall(r'<input name="(csrf_token|once)" type="hidden" value="([^"]+)">', answer.text)
    data = {**dict(tags), "kind": "letter", "direction": "in", "dated": "2026-02-27"}
    data["files"] = (io.BytesIO(pdf(LETTER, LETTER)), "mended.pdf")
    again = amparo.client.post(address, data=data, content_type="multipart/form-data")
    assert again.status_code == 302
    assert counts(parts)[0] == 2


def test_the_same_form_sent_twice_files_once(parts: Any, world: World, amparo: Visitor) -> None:
    once = "a-key-of-the-form-0123456789"
    first = upload(amparo, world.general, ("offer.pdf", pdf()), once=once)
    second = upload(amparo, world.general, ("offer.pdf", pdf()), once=once)
    assert first.location == second.location
    assert counts(parts)[0] == 1
    assert "nothing was done twice" in amparo.get(second.location).text


def test_the_script_gets_an_answer_for_each_file(parts: Any, world: World, amparo: Visitor) -> None:
    kept = upload(amparo, world.general, ("offer.pdf", pdf()), script=True)
    document = only_document(parts)
    assert kept.status_code == 201 and kept.location == f"/documents/{document}"
    assert kept.json == {"filed": [{"subject": "offer", "address": f"/documents/{document}"}], "refused": []}
    refused = upload(amparo, world.general, ("note.pdf", b"Dear Sirs"), script=True)
    assert refused.status_code == 422
    assert "note.pdf" in refused.json["refused"][0]["message"]
    twin = upload(amparo, world.general, ("copy.pdf", pdf()), script=True)
    assert twin.status_code == 422 and twin.json["refused"][0]["twin"] == f"/documents/{document}"
    assert counts(parts)[0] == 1


def test_a_twin_is_named_and_filed_only_when_confirmed(parts: Any, world: World, amparo: Visitor) -> None:
    upload(amparo, world.general, ("offer.pdf", pdf()), subject="Offer of March")
    refused = upload(amparo, world.general, ("copy.pdf", pdf()))
    assert refused.status_code == 422
    assert "“copy.pdf” is already in this dossier, filed as “Offer of March”" in refused.text
    assert f'href="/documents/{only_document(parts)}"' in refused.text
    assert "data-twins hidden" not in re.sub(r"\s+", " ", refused.text)
    assert upload(amparo, world.general, ("copy.pdf", pdf()), again="y").status_code == 302
    assert counts(parts)[0] == 2


def test_the_same_file_twice_in_one_form_is_filed_once(parts: Any, world: World, amparo: Visitor) -> None:
    answer = upload(amparo, world.general, ("a.pdf", pdf()), ("b.pdf", pdf()))
    assert answer.status_code == 200
    assert "“b.pdf” is already in this dossier" in answer.text
    assert counts(parts)[0] == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dated": ""}, "Please fill in this field."),
        ({"dated": "2027-01-01"}, "The date of a document cannot lie in the future."),
        ({"kind": "poem"}, "Not a valid choice"),
        ({"subject": "x" * 301}, "cannot be longer than 300 characters"),
    ],
)
def test_wrong_fields_keep_nothing(
    parts: Any, world: World, amparo: Visitor, fields: dict[str, str], words: str
) -> None:
    answer = upload(amparo, world.general, ("offer.pdf", pdf()), **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert "The files were not kept. Please choose them again." in answer.text
    assert counts(parts) == (0, 0, 0)
    assert list(parts.store.keys()) == []


def test_no_file_at_all_is_said_in_place(world: World, amparo: Visitor) -> None:
    answer = upload(amparo, world.general)
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.text
    assert "choose them again" not in answer.text


def test_a_file_over_the_limit_is_refused_with_its_size(
    app: Any, parts: Any, world: World, amparo: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(parts.settings, "max_upload_bytes", 2**20)
    answer = upload(amparo, world.general, ("big.pdf", pdf() + bytes(2**20)))
    assert answer.status_code == 422
    assert "“big.pdf” has 2 MB; the limit is 1 MB. Nothing was kept." in answer.text
    assert counts(parts)[0] == 0 and list(parts.store.keys()) == []


def test_an_upload_far_over_the_limit_is_refused_as_a_whole(
    app: Any, parts: Any, world: World, amparo: Visitor
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 2**20
    answer = upload(amparo, world.general, ("big.pdf", bytes(2 * 2**20)))
    assert answer.status_code == 413
    assert "larger than the archive accepts" in answer.text


def test_a_stale_token_changes_nothing(parts: Any, world: World, amparo: Visitor) -> None:
    answer = upload(amparo, world.general, ("offer.pdf", pdf()), csrf_token="stale")
    assert answer.status_code == 400
    assert counts(parts)[0] == 0 and list(parts.store.keys()) == []


def test_refusals_are_in_the_readers_language(app: Any, world: World, amparo: Visitor) -> None:
    from flask_babel import force_locale

    from portal.documents.reading.formats import EmptyFile
    from portal.http.edge import translate

    with app.test_request_context(), force_locale("es"):
        expected = translate(Message(EmptyFile.message_id, {"name": "vacío.pdf"}))
    amparo.post("/language", {"language": "es"}, shown_at="/account")
    answer = upload(amparo, world.general, ("vacío.pdf", b""))
    assert answer.status_code == 422
    assert expected in answer.text


def test_only_who_may_read_the_dossier_sees_the_form(app: Any, parts: Any, world: World) -> None:
    nobody = Visitor(app, "nobody")
    for dossier_id in (world.general, world.core, world.draft, 999_999):
        assert nobody.get(f"/dossiers/{dossier_id}/documents/new").status_code == 404
        assert upload(nobody, dossier_id, ("a.pdf", pdf()), once="0123456789abcdef0123").status_code in (400, 404)
    assert list(parts.store.keys()) == []
    assert counts(parts)[0] == 0


def test_a_log_in_is_needed(app: Any, parts: Any, world: World) -> None:
    visitor = Visitor(app)
    hidden = visitor.hidden_fields("/log-in")
    answer = visitor.client.post(
        f"/dossiers/{world.general}/documents/new",
        data={**hidden, "once": "0123456789abcdef0123", "files": (io.BytesIO(pdf()), "a.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302 and "/log-in" in answer.location
    assert list(parts.store.keys()) == []


@pytest.mark.parametrize(
    ("once", "subject"), [("", "a"), ("short", "a"), ("x" * 65, "a"), ("0123456789abcdef", "a\0b")]
)
def test_a_request_the_guard_turns_away_keeps_nothing(
    parts: Any, world: World, amparo: Visitor, once: str, subject: str
) -> None:
    address = f"/dossiers/{world.general}/documents/new"
    data = {
        "csrf_token": amparo.hidden_fields(address, address)["csrf_token"],
        "kind": "letter",
        "direction": "in",
        "dated": "2026-02-27",
        "files": (io.BytesIO(pdf()), "a.pdf"),
        "once": once,
        "subject": subject,
    }
    answer = amparo.client.post(address, data=data, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert list(parts.store.keys()) == [] and counts(parts)[0] == 0
