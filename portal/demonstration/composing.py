"""Writes the papers: takes a plan, the client, the people and a language's sentences, and composes a `Paper`.

Choices (order numbers, amounts, which everyday sentence) come from a generator seeded with the document's
key, so that a paper says the same whatever the day; only its dates move.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from babel.dates import format_date
from babel.numbers import format_decimal

from portal.demonstration.document_plan import DocumentPlan
from portal.demonstration.model import Client, Language, Person
from portal.demonstration.paper import Block, Body, Grid, Heading, NewPage, Paper
from portal.demonstration.people import COMPANY, COMPANY_ADDRESS, COMPANY_FAX, COMPANY_PHONE
from portal.demonstration.texts_en import ENGLISH
from portal.demonstration.texts_es import SPANISH
from portal.demonstration.texts_zh import CHINESE
from portal.demonstration.voice import ContractTerms, Voice

VOICES: dict[Language, Voice] = {"en": ENGLISH, "es": SPANISH, "zh": CHINESE}
_LOCALES: dict[Language, str] = {"en": "en_GB", "es": "es", "zh": "zh_CN"}


def compose(plan: DocumentPlan, client: Client, person: Person, written_on: date) -> Paper:
    """The paper of `plan`, dated `written_on`, between `person` of the company and the client's contact."""
    writers = {
        "letter": _letter,
        "fax": _fax,
        "contract": _contract,
        "call_note": _call_note,
        "yearly_report": _yearly_report,
    }
    return writers[plan.kind](_Desk(plan, client, person, written_on))


class _Desk:
    """What a writer has before them: the plan, both sides, the language, and the seeded choices."""

    def __init__(self, plan: DocumentPlan, client: Client, person: Person, written_on: date) -> None:
        self.plan, self.client, self.person, self.date = plan, client, person, written_on
        self.voice = VOICES[plan.language]
        self.labels = self.voice.labels
        self.contact = client.contacts[plan.contact]
        self.choose = Random(plan.key)
        self.us = COMPANY[plan.language]
        self.person_name = name_in(plan.language, person)
        self.reference = (
            f"{self.choose.choice('ABCDKMT')}{self.choose.randint(10, 99)}-{self.choose.randint(1000, 9999)}"
        )
        self.order = f"{self.choose.randint(41, 98)}-{self.choose.randint(1000, 9999)}"

    def number(self, value: int) -> str:
        return format_decimal(value, locale=_LOCALES[self.plan.language])

    def day(self, value: date) -> str:
        return format_date(value, "long", locale=_LOCALES[self.plan.language])

    def fill(self, sentence: str, **more: str) -> str:
        """The sentence with its blanks filled; each has its own amounts, all share the order number."""
        values = {
            "us": self.us,
            "client": self.client.name,
            "order": self.order,
            "amount": self.number(self.choose.randint(18, 940) * 100),
            "quantity": self.number(self.choose.randint(12, 96) * 10),
            "days": str(self.choose.choice((8, 10, 15, 21, 30))),
            "percent": str(self.choose.randint(3, 9)),
            "before": self.day(self.date - timedelta(days=self.choose.randint(4, 25))),
            "soon": self.day(self.date + timedelta(days=self.choose.randint(9, 30))),
        }
        return sentence.format_map(values | more)

    def matter(self) -> tuple[str, ...]:
        return tuple(self.fill(sentence) for sentence in self.voice.matters[self.plan.key])

    def one_of(self, sentences: tuple[str, ...]) -> str:
        return self.fill(self.choose.choice(sentences))

    def fillers(self) -> tuple[str, ...]:
        return tuple(self.fill(sentence) for sentence in self.choose.sample(self.voice.fillers, self.plan.fillers))

    def paper(
        self,
        title: str,
        fields: tuple[tuple[str, str], ...],
        blocks: tuple[Block, ...],
        signatures: tuple[str, ...],
        transmission: str | None = None,
    ) -> Paper:
        """A paper on the letterhead of whoever writes it."""
        if self.plan.direction == "in" and self.plan.kind in ("letter", "fax", "contract"):
            sender, lines = self.client.name, _letterhead_of(self.client, self.labels)
        else:
            sender = self.us
            lines = (
                COMPANY_ADDRESS[self.plan.language],
                f"{self.labels['phone']} {COMPANY_PHONE} · {self.labels['fax']} {COMPANY_FAX}",
            )
        return Paper(
            kind=self.plan.kind,
            language=self.plan.language,
            sender=sender,
            sender_lines=lines,
            title=title,
            fields=fields,
            blocks=blocks,
            signatures=signatures,
            footer=self.labels["page"],
            transmission=transmission,
        )


def name_in(language: Language, person: Person) -> str:
    """How a paper of that language writes the name of somebody who has a Chinese and a Latin one."""
    chinese, _, latin = person.name.partition(" ")
    if chinese.isascii() or not ("\u4e00" <= chinese[0] <= "\u9fff"):
        return person.name
    return chinese if language == "zh" else latin


def _letterhead_of(client: Client, labels: Mapping[str, str]) -> tuple[str, ...]:
    return (
        f"{client.address} {client.postcode}",
        f"{labels['phone']} {client.phone} · {labels['fax']} {client.fax}",
        client.email,
    )


def _sides(desk: _Desk) -> tuple[tuple[str, str], tuple[str, str]]:
    """(name, company) of the writer and of the addressee."""
    theirs, ours = (desk.contact.name, desk.client.name), (desk.person_name, desk.us)
    return (theirs, ours) if desk.plan.direction == "in" else (ours, theirs)


def _said(desk: _Desk) -> tuple[Block, ...]:
    """Greeting, opening, the matter, everyday paragraphs, closing."""
    opening = desk.one_of(desk.voice.openings)
    lines = (opening, *desk.matter(), *desk.fillers(), desk.one_of(desk.voice.closings))
    return (Body(desk.choose.choice(desk.voice.greetings)), *(Body(line) for line in lines))


def _letter(desk: _Desk) -> Paper:
    (writer, company), (reader, readers_company) = _sides(desk)
    fields = (
        (desk.labels["to"], readers_company),
        (desk.labels["attention"], reader),
        (desk.labels["date"], desk.day(desk.date)),
        (desk.labels["reference"], desk.reference),
        (desk.labels["subject"], desk.plan.subject),
    )
    return desk.paper("", fields, _said(desk), (desk.choose.choice(desk.voice.sign_offs), writer, company))


def _fax(desk: _Desk) -> Paper:
    (writer, company), (reader, readers_company) = _sides(desk)
    their_fax, our_fax = desk.client.fax, COMPANY_FAX
    sent_from, sent_to = (their_fax, our_fax) if desk.plan.direction == "in" else (our_fax, their_fax)
    fields = (
        (desk.labels["to"], f"{readers_company} · {sent_to}"),
        (desk.labels["attention"], reader),
        (desk.labels["from"], f"{company} · {sent_from}"),
        (desk.labels["date"], desk.day(desk.date)),
        (desk.labels["pages"], "2" if desk.plan.enclosure else "1"),
        (desk.labels["subject"], desk.plan.subject),
    )
    blocks = _said(desk)
    signatures: tuple[str, ...] = (desk.choose.choice(desk.voice.sign_offs), writer)
    if desk.plan.enclosure:
        blocks += (
            *(Body(line) for line in signatures),
            NewPage(),
            Heading(desk.labels["continued"]),
            _lots(desk),
        )
        signatures = ()
    clock = f"{desk.choose.randint(8, 17):02d}:{desk.choose.randint(0, 59):02d}"
    transmission = f"{desk.date.isoformat()} {clock}   {sent_from}"
    return desk.paper(desk.voice.titles["fax"], fields, blocks, signatures, transmission)


def _lots(desk: _Desk) -> Grid:
    """The enclosure: lots with their pieces and what the inspector found."""
    labels = desk.labels
    first = desk.choose.randint(300, 800)
    rows = [
        (
            f"{desk.order}/{first + n}",
            desk.number(desk.choose.randint(40, 260)),
            labels["held"] if desk.choose.random() < 0.3 else labels["sound"],
        )
        for n in range(12)
    ]
    return Grid(((labels["lot"], labels["pieces"], labels["result"]), *rows))


def _contract(desk: _Desk) -> Paper:
    terms = desk.voice.contracts[desk.plan.key]
    blanks = {
        "goods": terms.goods,
        "value": terms.yearly_value,
        "currency": terms.currency,
        "place": terms.delivery_place,
        "court": terms.court,
        "years": str(desk.choose.choice((2, 3, 5))),
        "address": desk.client.address,
        "registration": desk.client.registration_number,
        "our_address": COMPANY_ADDRESS[desk.plan.language],
    }
    clauses = [
        *desk.voice.clauses[: desk.plan.clauses],
        (desk.labels["special"], desk.voice.matters[desk.plan.key][0]),
    ]
    blocks: list[Block] = [Body(desk.fill(desk.voice.contract_parties, **blanks))]
    for number, (heading, sentence) in enumerate(clauses, start=1):
        blocks += [
            Heading(f"{desk.labels['clause'].format(n=number)}  {heading}"),
            Body(desk.fill(sentence, **blanks)),
        ]
    signatures: tuple[str, ...] = (
        f"{desk.labels['signed']}, {desk.day(desk.date)}",
        f"{desk.labels['seller']}: ____________________",
        f"{desk.labels['buyer']}: ____________________",
    )
    if desk.plan.enclosure:
        blocks += [
            *(Body(line) for line in signatures),
            NewPage(),
            Heading(desk.labels["annex"]),
            _prices(desk, terms),
        ]
        signatures = ()
    fields = ((desk.labels["reference"], desk.reference), (desk.labels["subject"], desk.plan.subject))
    return desk.paper(desk.voice.titles["contract"], fields, tuple(blocks), signatures)


def _prices(desk: _Desk, terms: ContractTerms) -> Grid:
    """The annexed price list of a contract."""
    labels = desk.labels
    series = desk.choose.randint(11, 89)
    rows = [(f"{series}-{100 + 7 * n}", labels["piece"], desk.number(desk.choose.randint(14, 380))) for n in range(18)]
    return Grid(((labels["article"], labels["unit"], labels["price"].format(currency=terms.currency)), *rows))


def _call_note(desk: _Desk) -> Paper:
    clock = f"{desk.choose.randint(9, 18):02d}:{desk.choose.randint(0, 59):02d}"
    fields = (
        (desk.labels["spoke"], f"{desk.contact.name} ({desk.client.name})"),
        (desk.labels["phone"], desk.contact.phone),
        (desk.labels["date"], f"{desk.day(desk.date)}, {clock}"),
        (desk.labels["noted"], desk.person_name),
        (desk.labels["subject"], desk.plan.subject),
    )
    follow_up = f"{desk.labels['follow_up']}: {desk.one_of(desk.voice.call_follow_ups)}"
    blocks = (*(Body(line) for line in desk.matter()), Body(follow_up))
    return desk.paper(desk.voice.titles["call_note"], fields, blocks, ())


def _yearly_report(desk: _Desk) -> Paper:
    labels = desk.labels
    year = desk.date.year - 1
    fields = (
        (labels["subject"], f"{desk.client.name}, {year}"),
        (labels["noted"], desk.person_name),
        (labels["date"], desk.day(desk.date)),
    )
    remarks = desk.choose.sample(desk.voice.report_remarks, 4)
    blocks: tuple[Block, ...] = (
        Heading(labels["summary"]),
        *(Body(line) for line in desk.matter()),
        Heading(labels["figures"]),
        _quarters(desk, year),
        Heading(labels["outlook"]),
        *(Body(desk.fill(remark)) for remark in remarks),
    )
    return desk.paper(f"{desk.voice.titles['yearly_report']} {year}", fields, blocks, (desk.person_name,))


def _quarters(desk: _Desk, year: int) -> Grid:
    """Orders, turnover, late payments and complaints by quarter; the last row is their sum."""
    labels = desk.labels
    quarters = [
        (
            desk.choose.randint(6, 24),
            desk.choose.randint(310, 1900) * 100,
            desk.choose.randint(0, 3),
            desk.choose.randint(0, 2),
        )
        for _ in range(4)
    ]
    # The remarks say that the second quarter was the weakest.
    weakest = min(range(4), key=lambda n: quarters[n][1])
    quarters[1], quarters[weakest] = quarters[weakest], quarters[1]
    rows = [(f"{year} / {n}", *map(desk.number, figures)) for n, figures in enumerate(quarters, start=1)]
    total = (labels["total"], *(desk.number(sum(column)) for column in zip(*quarters, strict=True)))
    head = (labels["quarter"], labels["orders"], labels["turnover"], labels["late"], labels["complaints"])
    return Grid((head, *rows, total))
