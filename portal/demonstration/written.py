"""Papers that never were on paper: a Word document and an e-mail, the same bytes for the same paper."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import docx

from portal.demonstration.paper import Body, Grid, Heading, Paper

_SENT_AT = time(10, 30, tzinfo=UTC)
_OLDEST_IN_A_ZIP = (1980, 1, 1, 0, 0, 0)
"""python-docx writes the present moment into the file; without that the same paper gives the same bytes."""


def word_of(paper: Paper) -> bytes:
    """The paper as a Word document (.docx)."""
    document = docx.Document()
    document.add_paragraph(paper.sender)
    document.add_heading(paper.title, level=1)
    for label, value in paper.fields:
        document.add_paragraph(f"{label} {value}")
    for block in paper.blocks:
        match block:
            case Heading(text):
                document.add_heading(text, level=2)
            case Body(text):
                document.add_paragraph(text)
            case Grid(rows):
                table = document.add_table(rows=len(rows), cols=len(rows[0]))
                for cells, row in zip(table.rows, rows, strict=True):
                    for cell, text in zip(cells.cells, row, strict=True):
                        cell.text = text
    for line in paper.signatures:
        document.add_paragraph(line)
    made = io.BytesIO()
    document.save(made)
    return _without_times(made)


def _without_times(made: io.BytesIO) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _OLDEST_IN_A_ZIP), old.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def mail_of(paper: Paper, subject: str, sender: str, recipient: str, sent_on: date, key: str) -> bytes:
    """The paper as an internet mail (.eml) between two addresses; `key` makes its Message-ID."""
    lines = [f"{label} {value}" for label, value in paper.fields]
    for block in paper.blocks:
        match block:
            case Heading(text) | Body(text):
                lines += ["", text]
            case Grid(rows):
                lines += ["", *("\t".join(row) for row in rows)]
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Date"] = format_datetime(datetime.combine(sent_on, _SENT_AT))
    mail["Message-ID"] = f"<{key}.{sent_on.isoformat()}@cinabrio.example>"
    mail.set_content("\n".join([*lines, "", *paper.signatures]) + "\n")
    return mail.as_bytes()
