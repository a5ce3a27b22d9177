"""What the details of an entry are called, and what the words in them mean. Message ids throughout.

A detail is looked up as "context:key" first, then as "key". The context is the detail it stands in ("contacts"), or
the area of the action ("client", of "client:edit"), so that a client's kind and a document's have their own names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.accounts.forms import LANGUAGE_NAMES
from portal.audit.names import AREA_NAMES
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, ROLE_NAMES
from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES
from portal.dossiers.services.keeping import LEVEL_RAISED
from portal.lending.models import DecisionStage
from portal.lending.states import REQUEST_KIND_NAMES

DETAIL_NAMES: dict[str, str] = {
    "address": N_("Address"),
    "area": N_("What happened"),
    "barcode": N_("Barcode"),
    "borrower": N_("Borrower"),
    "business_scope": N_("Business scope"),
    "capital_currency": N_("Currency of the capital"),
    "clearance": N_("Clearance"),
    "client": N_("Client"),
    "client:name": N_("Name of the client"),
    "comment": N_("Comment"),
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
    "grants_ended": N_("Reading grants ended"),
    "hash": N_("Last hash"),
    "head": N_("Head"),
    "industry": N_("Industry"),
    "kind": N_("Kind"),
    "language": N_("Language"),
    "legal_representative": N_("Legal representative"),
    "level": N_("Level"),
    "line": N_("Request"),
    "login": N_("Log-in name"),
    "method": N_("Kind of access"),
    "name": N_("Name"),
    "number": N_("Number"),
    "ordinal": N_("Volume number"),
    "page": N_("Page"),
    "pages": N_("Pages"),
    "path": N_("Page of the portal"),
    "person": N_("Person"),
    "phone": N_("Telephone"),
    "place": N_("Place"),
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
    "volume": N_("Volume"),
    "volumes": N_("Volumes"),
    "why": N_("Reason"),
}
"""Every key a service records, in `details` or in `personal`; a test finds one that is missing."""

STRUCTURE = frozenset({"changed", "old", "new"})
"""Keys that say how values belong together: shown as "old → new", never as labels."""

CHANGED_THINGS: dict[str, str] = {"dossier:level": "level", "dossier:department": "department"}
"""Actions whose old and new value stand alone, and the detail they are values of."""

VALUE_NAMES: dict[str, Mapping[Any, str]] = {
    "area": AREA_NAMES,
    "clearance": LEVEL_NAMES,
    "client:kind": CLIENT_KIND_NAMES,
    "client:rank": CLIENT_RANK_NAMES,
    "document:direction": DIRECTION_NAMES,
    "document:kind": DOCUMENT_KIND_NAMES,
    "language": LANGUAGE_NAMES,
    "level": LEVEL_NAMES,
    "reason": {LEVEL_RAISED: N_("the level was raised")},
    "request:kind": REQUEST_KIND_NAMES,
    "responsibility:rank": {"1": N_("Responsible employee"), "2": N_("Second responsible employee")},
    "roles": ROLE_NAMES,
    "shown": {
        "image": N_("image of the page"),
        "page": N_("image and text of the page"),
        "text": N_("text of the page"),
    },
    "stage": {DecisionStage.HEAD: N_("Head"), DecisionStage.RECORDS: N_("Records")},
}
"""Details whose values are words of the portal, each with its name."""

PERSON_KEYS = frozenset({"person", "reader", "borrower", "filed_by", "head", "deputy"})
"""Details that hold the id of a person."""

DEPARTMENT_KEYS = frozenset({"department", "department_id"})
"""Details that hold the id of a department."""

DATE_KEYS = frozenset({"cooperation_began", "dated", "due_on", "from", "returned_on", "to", "until"})
"""Details that hold a date, or a moment, as ISO text."""

SENTENCE_KEYS = frozenset({"why"})
"""Details that hold a message id."""
