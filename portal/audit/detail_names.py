"""What the details of an entry are called, and what the words in them mean. Message ids throughout.

A detail is looked up as "context:key" first, then as "key". The context is the detail it stands in ("contacts"), or
the area of the action ("client", of "client:edit"), so that a client's kind and a document's have their own names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.access.models import GRANT_END_NAMES, RESPONSIBILITY_REASON_NAMES
from portal.accounts.forms import LANGUAGE_NAMES
from portal.audit.names import AREA_NAMES
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES
from portal.core.messages import N_
from portal.core.obligations import SIDE_NAMES
from portal.core.permissions import LEVEL_NAMES, ROLE_NAMES
from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES
from portal.dossiers.states import CONDITION_NAMES, PLACE_KIND_NAMES
from portal.handover.states import HANDOVER_KIND_NAMES, LETTER_CHANNEL_NAMES
from portal.lending.models import OUTSIDE_PAPER_NAMES, DecisionStage
from portal.lending.states import REQUEST_KIND_NAMES
from portal.policy.rules import COUNTED_NAMES, WEEKDAY_NAMES
from portal.printing.states import PAPER_FORM_NAMES
from portal.reports.regular.states import EVERY_NAMES, STAGE_NAMES
from portal.reports.states import REPORT_KIND_NAMES
from portal.reports.statistics.counted import AUDIENCE_NAMES
from portal.reports.statistics.lists import FIELDS
from portal.undertaking.states import BREACH_KIND_NAMES

DETAIL_NAMES: dict[str, str] = {
    "address": N_("Address"),
    "answer": N_("Answer of the mail server"),
    "area": N_("What happened"),
    "barcode": N_("Barcode"),
    "borrower": N_("Borrower"),
    "business_scope": N_("Business scope"),
    "capital_currency": N_("Currency of the capital"),
    "clearance": N_("Clearance"),
    "code": N_("Code"),
    "closed_day_moves": N_("A due date on a closed day"),
    "client": N_("Client"),
    "client:name": N_("Name of the client"),
    "comment": N_("Comment"),
    "condition": N_("Condition"),
    "contacts": N_("Contact persons"),
    "contacts_changed": N_("Contact persons changed"),
    "content": N_("Key in the archive store"),
    "cooperation_began": N_("Co-operation began on"),
    "cooperation_progress": N_("How far co-operation has come"),
    "correspondent": N_("Correspondent"),
    "country": N_("Country"),
    "dated": N_("Date of the document"),
    "department": N_("Department"),
    "department:name": N_("Name of the department"),
    "department_id": N_("Department"),
    "deputy": N_("Deputy"),
    "digest": N_("Digest of the text"),
    "direction": N_("Direction"),
    "document": N_("Document"),
    "due_on": N_("Due on"),
    "email": N_("E-mail"),
    "entries": N_("Entries"),
    "faults": N_("Faults"),
    "fax": N_("Fax"),
    "file_name": N_("File name"),
    "filed_by": N_("Filed in the archive by"),
    "from": N_("From"),
    "from_borrower": N_("Borrower before"),
    "grants_ended": N_("Reading grants ended"),
    "hash": N_("Last hash"),
    "head": N_("Head"),
    "holiday_country": N_("Public holidays of"),
    "industry": N_("Industry"),
    "instead_of": N_("In place of"),
    "is_open": N_("Open"),
    "kind": N_("Kind"),
    "labels": N_("Labels"),
    "language": N_("Language"),
    "left_out": N_("Volumes left out"),
    "legal_representative": N_("Legal representative"),
    "level": N_("Level"),
    "line": N_("Request"),
    "loan_days_counted": N_("Days of a loan that are counted"),
    "loans": N_("Loans"),
    "login": N_("Log-in name"),
    "method": N_("Kind of access"),
    "name": N_("Name"),
    "number": N_("Number"),
    "open_days": N_("Open days among them"),
    "open_weekdays": N_("Days of the week on which the office is open"),
    "organisation": N_("Organisation"),
    "outside_reader:name": N_("Name of the outside reader"),
    "paper": N_("Paper of the outside reader"),
    "paper:paper": N_("Paper form"),
    "papers": N_("Keys in the archive store"),
    "ordinal": N_("Volume number"),
    "override_reason": N_("Reason in spite of the overdue file"),
    "page": N_("Page"),
    "pages": N_("Pages"),
    "path": N_("Page of the portal"),
    "person": N_("Person"),
    "phone": N_("Telephone"),
    "place": N_("Place"),
    "place:path": N_("Place"),
    "place:position": N_("Position among its neighbours"),
    "position": N_("Position"),
    "postcode": N_("Postcode"),
    "rank": N_("Rank"),
    "reader": N_("Reader"),
    "reason": N_("Reason"),
    "registered_capital": N_("Registered capital"),
    "registration_number": N_("Registration or tax number"),
    "remark": N_("Remark"),
    "request": N_("Filed together as"),
    "responsibility:rank": N_("Responsibility"),
    "returned_on": N_("Came back on"),
    "roles": N_("Roles"),
    "rotation": N_("Turned clockwise, in degrees"),
    "seals": N_("Seals"),
    "session": N_("Log-in number"),
    "sheet_format": N_("Sheet of labels"),
    "sheets": N_("Sheets"),
    "shown": N_("Shown"),
    "size": N_("Size"),
    "stage": N_("Signature"),
    "subject": N_("Subject"),
    "text_number": N_("Number of the text"),
    "title": N_("Title"),
    "to": N_("To"),
    "until": N_("Until"),
    "version": N_("Version"),
    "version_number": N_("Number of the version"),
    "visit_on": N_("Day of the visit"),
    "volume": N_("Volume"),
    "volumes": N_("Volumes"),
    "why": N_("Reason"),
    "last_day": N_("Last day"),
    "to_department": N_("To department"),
    "sudden": N_("No longer there to help"),
    "stopped": N_("Downloads stopped"),
    "side": N_("Signed for"),
    "handover:kind": N_("Why"),
    "ended": N_("Ended by itself"),
    "from_person": N_("From whom"),
    "channel": N_("How"),
    "letters": N_("Letters"),
    "report:kind": N_("Kind"),
    "regular_report:kind": N_("Kind"),
    "every": N_("Frequency"),
    "recipients": N_("Who receives it"),
    "columns": N_("Columns"),
    "audience": N_("Audience"),
    "successor": N_("Successor"),
    "format": N_("Format"),
}
"""Every key a service records, in `details` or in `personal`; a test finds one that is missing."""

STRUCTURE = frozenset({"changed", "old", "new"})
"""Keys that say how values belong together: shown as "old → new", never as labels."""

CHANGED_THINGS: dict[str, str] = {
    "dossier:level": "level",
    "dossier:department": "department",
    "handover:day": "last_day",
}
"""Actions whose old and new value stand alone, and the detail they are values of."""

VALUE_NAMES: dict[str, Mapping[Any, str]] = {
    "area": AREA_NAMES,
    "clearance": LEVEL_NAMES,
    "client:kind": CLIENT_KIND_NAMES,
    "client:rank": CLIENT_RANK_NAMES,
    "condition": CONDITION_NAMES,
    "document:direction": DIRECTION_NAMES,
    "breach:kind": BREACH_KIND_NAMES,
    "document:kind": DOCUMENT_KIND_NAMES,
    "channel": LETTER_CHANNEL_NAMES,
    "handover:kind": HANDOVER_KIND_NAMES,
    "report:kind": REPORT_KIND_NAMES,
    "regular_report:kind": REPORT_KIND_NAMES,
    "regular_report:stage": STAGE_NAMES,
    "every": EVERY_NAMES,
    "columns": {one.name: one.heading for fields in FIELDS.values() for one in fields},
    "audience": AUDIENCE_NAMES,
    "language": LANGUAGE_NAMES,
    "paper": OUTSIDE_PAPER_NAMES,
    "paper:paper": PAPER_FORM_NAMES,
    "level": LEVEL_NAMES,
    "place:kind": PLACE_KIND_NAMES,
    "loan_days_counted": COUNTED_NAMES,
    "open_weekdays": WEEKDAY_NAMES,
    "reason": GRANT_END_NAMES,
    "request:kind": REQUEST_KIND_NAMES,
    "responsibility:why": RESPONSIBILITY_REASON_NAMES,
    "responsibility:rank": {"1": N_("Responsible employee"), "2": N_("Second responsible employee")},
    "roles": ROLE_NAMES,
    "side": SIDE_NAMES,
    "shown": {
        "image": N_("image of the page"),
        "page": N_("image and text of the page"),
        "text": N_("text of the page"),
    },
    "stage": {DecisionStage.HEAD: N_("Head"), DecisionStage.RECORDS: N_("Records")},
}
"""Details whose values are words of the portal, each with its name."""

PERSON_KEYS = frozenset(
    {
        *("person", "recipients", "from_person", "reader", "borrower", "from_borrower", "instead_of", "filed_by"),
        *("head", "deputy"),
    }
)
"""Details that hold the id of a person."""

DEPARTMENT_KEYS = frozenset({"department", "department_id", "to_department"})
"""Details that hold the id of a department."""

DATE_KEYS = frozenset(
    {"cooperation_began", "dated", "due_on", "from", "last_day", "returned_on", "to", "until", "visit_on"}
)
"""Details that hold a date, or a moment, as ISO text."""

SENTENCE_KEYS = frozenset({"why"})
"""Details that hold a message id."""
