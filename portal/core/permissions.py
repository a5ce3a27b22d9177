"""Who may do what: the one list of permissions, and the roles as sets of them.

Permissions are named `resource:action`. A permission opens a door of the house; what stands behind it for
this person (which dossiers, whose requests) is decided by the three rights (`portal.access.queries`) and by
the rules of each feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.core.messages import N_


class Permission(StrEnum):
    """Everything that can be allowed."""

    REGISTER_VIEW = "register:view"
    SEARCH_USE = "search:use"
    CLIENT_EDIT = "client:edit"
    CLIENT_ASSIGN = "client:assign"
    CLIENT_ASSIGN_ALL = "client:assign_all"
    DOSSIER_OPEN = "dossier:open"
    DOSSIER_DECIDE = "dossier:decide"
    DOSSIER_EDIT = "dossier:edit"
    CONTENTS_READ_ALL = "contents:read_all"
    DOCUMENT_ADD = "document:add"
    DOCUMENT_RETRY = "document:retry"
    DOCUMENT_CORRECT = "document:correct"
    ORIGINAL_DOWNLOAD = "original:download"
    ARRIVAL_HANDLE = "arrival:handle"
    PLACE_MANAGE = "place:manage"
    REQUEST_FILE = "request:file"
    REQUEST_DECIDE = "request:decide"
    REQUEST_DECIDE_RECORDS = "request:decide_records"
    GRANT_REVOKE = "grant:revoke"
    LOAN_ISSUE = "loan:issue"
    LOAN_RETURN = "loan:return"
    LOAN_VOID = "loan:void"
    LOAN_OVERRIDE = "loan:override"
    LOANS_VIEW_ALL = "loan:view_all"
    LABELS_PRINT = "label:print"
    CARDS_PRINT = "card:print"
    CALENDAR_MANAGE = "calendar:manage"
    HANDOVER_VIEW = "handover:view"
    HANDOVER_MANAGE = "handover:manage"
    REPORT_MAKE = "report:make"
    REGULAR_ASK = "regular_report:ask"
    REGULAR_DECIDE = "regular_report:decide"
    REGULAR_SET_UP = "regular_report:set_up"
    REPORT_REVIEW = "report:review"
    REPORT_ISSUE = "report:issue"
    UNDERTAKING_DRAFT = "undertaking:draft"
    UNDERTAKING_APPROVE = "undertaking:approve"
    UNDERTAKING_VIEW_ALL = "undertaking:view_all"
    BREACH_RECORD = "breach:record"
    BREACH_VIEW_ALL = "breach:view_all"
    TRAIL_VIEW = "trail:view"
    PEOPLE_MANAGE = "people:manage"
    SYSTEM_MANAGE = "system:manage"


class Role(StrEnum):
    """What a person is in this house; one person may be several."""

    EMPLOYEE = "employee"
    CLERK = "clerk"
    RECORDS_MANAGER = "records_manager"
    MANAGER = "manager"
    GENERAL_MANAGER = "general_manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Level(StrEnum):
    """How confidential a dossier is, and, for a person, up to where their clearance goes."""

    GENERAL = "general"
    IMPORTANT = "important"
    CORE = "core"


_EVERYONE = frozenset(
    {
        Permission.REGISTER_VIEW,
        Permission.SEARCH_USE,
        Permission.REQUEST_FILE,
        # Heads and deputies are employees: whether *this* request is theirs to decide is a rule of lending.
        Permission.REQUEST_DECIDE,
        Permission.DOSSIER_OPEN,
        Permission.DOSSIER_DECIDE,
        # Likewise: a regular report is for those who lead a department, and managers, to ask for.
        Permission.REGULAR_ASK,
        Permission.CLIENT_EDIT,
        # Likewise: who looks after a client is for those who lead a department to say.
        Permission.CLIENT_ASSIGN,
        Permission.DOCUMENT_ADD,
        Permission.DOCUMENT_RETRY,
    }
)
_RECORDS = frozenset(
    {
        Permission.CONTENTS_READ_ALL,
        Permission.DOSSIER_EDIT,
        Permission.DOCUMENT_CORRECT,
        Permission.ORIGINAL_DOWNLOAD,
        Permission.ARRIVAL_HANDLE,
        Permission.PLACE_MANAGE,
        Permission.LOAN_ISSUE,
        Permission.LOAN_RETURN,
        Permission.LOANS_VIEW_ALL,
        Permission.LABELS_PRINT,
        Permission.CARDS_PRINT,
        Permission.REPORT_MAKE,
        Permission.HANDOVER_VIEW,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _EVERYONE,
    Role.CLERK: _EVERYONE | _RECORDS,
    Role.RECORDS_MANAGER: _EVERYONE
    | _RECORDS
    | {
        Permission.REQUEST_DECIDE_RECORDS,
        Permission.CLIENT_ASSIGN_ALL,
        Permission.GRANT_REVOKE,
        Permission.LOAN_VOID,
        Permission.LOAN_OVERRIDE,
        Permission.CALENDAR_MANAGE,
        Permission.HANDOVER_MANAGE,
        Permission.TRAIL_VIEW,
        Permission.REPORT_REVIEW,
        Permission.UNDERTAKING_DRAFT,
        Permission.UNDERTAKING_VIEW_ALL,
        Permission.REGULAR_DECIDE,
        Permission.REGULAR_SET_UP,
        Permission.BREACH_RECORD,
        Permission.BREACH_VIEW_ALL,
    },
    Role.MANAGER: _EVERYONE | {Permission.REPORT_MAKE, Permission.LOANS_VIEW_ALL},
    Role.GENERAL_MANAGER: _EVERYONE
    | {
        Permission.REPORT_MAKE,
        Permission.REPORT_ISSUE,
        Permission.LOANS_VIEW_ALL,
        Permission.REQUEST_DECIDE_RECORDS,
        Permission.HANDOVER_VIEW,
        Permission.UNDERTAKING_APPROVE,
        Permission.REGULAR_DECIDE,
        Permission.BREACH_VIEW_ALL,
    },
    # Administrator and auditor do not read contents by virtue of the role.
    Role.ADMINISTRATOR: _EVERYONE
    | {
        Permission.PEOPLE_MANAGE,
        Permission.SYSTEM_MANAGE,
        Permission.CARDS_PRINT,
        Permission.CALENDAR_MANAGE,
        Permission.HANDOVER_VIEW,
        Permission.HANDOVER_MANAGE,
        Permission.UNDERTAKING_VIEW_ALL,
    },
    Role.AUDITOR: _EVERYONE | {Permission.TRAIL_VIEW, Permission.BREACH_VIEW_ALL},
}

ROLE_NAMES: dict[Role, str] = {
    Role.EMPLOYEE: N_("Employee"),
    Role.CLERK: N_("Records clerk"),
    Role.RECORDS_MANAGER: N_("Records manager"),
    Role.MANAGER: N_("Manager"),
    Role.GENERAL_MANAGER: N_("General manager"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}

LEVEL_NAMES: dict[Level, str] = {
    Level.GENERAL: N_("General"),
    Level.IMPORTANT: N_("Important"),
    Level.CORE: N_("Core"),
}


@dataclass(frozen=True)
class Actor:
    """The acting person as services see them: plain values, read once at the edge."""

    id: int
    name: str
    department_id: int
    clearance: Level
    roles: frozenset[Role]
    headed_departments: frozenset[int] = frozenset()
    deputised_departments: frozenset[int] = frozenset()
    leaving: bool = False
    """A handover of theirs is open: they sign for nobody."""
    downloads_stopped: bool = False
    """No file is given out to them, whatever they may look at."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """The union of what the roles allow."""
        return frozenset().union(*(ROLE_PERMISSIONS[role] for role in self.roles))

    def may(self, permission: Permission) -> bool:
        """Whether one of the person's roles carries `permission`."""
        return permission in self.permissions

    @property
    def cleared_for_core(self) -> bool:
        """Clearance decides about core dossiers only."""
        return self.clearance == Level.CORE
