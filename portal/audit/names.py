"""What the trail's words mean: actions, areas, details and faults, as message ids."""

from __future__ import annotations

from portal.core.messages import N_

AREA_NAMES: dict[str, str] = {
    "session": N_("Log-ins"),
    "access": N_("Refusals"),
    "person": N_("People"),
    "department": N_("Departments"),
    "client": N_("Clients"),
    "responsibility": N_("Responsibilities"),
    "dossier": N_("Dossiers"),
    "volume": N_("Volumes"),
    "document": N_("Documents"),
    "page": N_("Pages looked at"),
    "search": N_("Searches"),
    "request": N_("Requests"),
    "grant": N_("Reading grants"),
    "loan": N_("Loans"),
    "report": N_("Reports"),
    "archive": N_("Archive store"),
    "trail": N_("Trail"),
}
"""The first half of an action ("thing:verb"): what one filters by."""

ACTION_NAMES: dict[str, str] = {
    "session:log_in": N_("Logged in"),
    "session:log_out": N_("Logged out"),
    "session:refused": N_("Log-in refused"),
    "access:refused": N_("Refused: not allowed"),
    "person:add": N_("Person added"),
    "person:password": N_("Password changed"),
    "person:rights": N_("Rights changed"),
    "department:add": N_("Department added"),
    "department:lead": N_("Head or deputy named"),
    "client:add": N_("Client added"),
    "client:edit": N_("Client changed"),
    "client:look": N_("Client looked at"),
    "responsibility:begin": N_("Responsible employee named"),
    "dossier:draft": N_("Dossier drafted"),
    "dossier:edit_draft": N_("Draft changed"),
    "dossier:submit": N_("Opening sent for approval"),
    "dossier:approve": N_("Opening approved"),
    "dossier:send_back": N_("Opening sent back"),
    "dossier:level": N_("Confidentiality changed"),
    "dossier:department": N_("Department of the dossier changed"),
    "volume:add": N_("Volume added"),
    "volume:edit": N_("Volume changed"),
    "volume:not_found": N_("Volume not found"),
    "volume:found": N_("Volume found again"),
    "document:add": N_("Document filed"),
    "document:download": N_("Original downloaded"),
    "document:retry": N_("Reading tried again"),
    "page:look": N_("Page looked at"),
    "request:draft": N_("Request drafted"),
    "request:file": N_("Request filed"),
    "request:approve": N_("Request approved"),
    "request:reject": N_("Request rejected"),
    "request:turn_up": N_("Request waits again: the volume turned up"),
    "request:cancel": N_("Request withdrawn"),
    "request:expire": N_("Request expired"),
    "grant:give": N_("Reading grant given"),
    "grant:end": N_("Reading grant ended"),
    "loan:issue": N_("Volume issued"),
    "loan:return": N_("Volume taken back"),
    "loan:lose": N_("Volume lost on loan"),
    "loan:find": N_("Lost volume found"),
    "loan:void": N_("Issue voided"),
    "report:print": N_("Report printed"),
    "archive:remove_orphan": N_("File without a document removed"),
    "trail:view": N_("Trail looked at"),
    "trail:verify": N_("Trail verified"),
}
"""Whole actions. One that is missing here is shown as it is written; a test finds it."""

SUBJECT_NAMES: dict[str, str] = {
    "people": N_("Person"),
    "departments": N_("Department"),
    "clients": N_("Client"),
    "dossiers": N_("Dossier"),
    "volumes": N_("Volume"),
    "documents": N_("Document"),
    "pages": N_("Page"),
    "requests": N_("Request"),
    "request_lines": N_("Request"),
    "reading_grants": N_("Reading grant"),
    "responsibilities": N_("Responsibility"),
    "loans": N_("Loan"),
    "page": N_("Page of the portal"),
    "reports": N_("Report"),
    "files": N_("File"),
    "trail": N_("Trail"),
}
"""What an entry is about: the table in front of the colon."""

FAULT_NAMES: dict[str, str] = {
    "altered": N_("altered"),
    "removed": N_("removed"),
    "inserted": N_("inserted"),
    "broken chain": N_("broken chain"),
    "unsealed": N_("not sealed"),
}
