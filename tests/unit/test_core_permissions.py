"""The table of permissions, read as a person would: who may do what in this house."""

from __future__ import annotations

import pytest

from portal.core.permissions import (
    LEVEL_NAMES,
    ROLE_NAMES,
    ROLE_PERMISSIONS,
    Actor,
    Level,
    Permission,
    Role,
)

P, R = Permission, Role

EVERYONE = set(Role)
RECORDS = {R.CLERK, R.RECORDS_MANAGER}
FIGURES = {R.CLERK, R.RECORDS_MANAGER, R.MANAGER, R.GENERAL_MANAGER}

WHO_MAY: dict[Permission, set[Role]] = {
    P.REGISTER_VIEW: EVERYONE,
    P.SEARCH_USE: EVERYONE,
    P.CLIENT_EDIT: EVERYONE,
    P.CLIENT_ASSIGN: EVERYONE,
    P.CLIENT_ASSIGN_ALL: {R.RECORDS_MANAGER},
    P.DOSSIER_OPEN: EVERYONE,
    P.DOSSIER_DECIDE: EVERYONE,
    P.DOCUMENT_ADD: EVERYONE,
    P.DOCUMENT_RETRY: EVERYONE,
    P.REQUEST_FILE: EVERYONE,
    P.REQUEST_DECIDE: EVERYONE,
    P.DOSSIER_EDIT: RECORDS,
    P.DOCUMENT_CORRECT: RECORDS,
    P.CONTENTS_READ_ALL: RECORDS,
    P.ORIGINAL_DOWNLOAD: RECORDS,
    P.ARRIVAL_HANDLE: RECORDS,
    P.PLACE_MANAGE: RECORDS,
    P.HANDOVER_VIEW: {*RECORDS, R.GENERAL_MANAGER, R.ADMINISTRATOR},
    P.HANDOVER_MANAGE: {R.RECORDS_MANAGER, R.ADMINISTRATOR},
    P.LOAN_ISSUE: RECORDS,
    P.LOAN_RETURN: RECORDS,
    P.LOAN_VOID: {R.RECORDS_MANAGER},
    P.LOANS_VIEW_ALL: FIGURES,
    P.LABELS_PRINT: RECORDS,
    P.CARDS_PRINT: RECORDS | {R.ADMINISTRATOR},
    P.CALENDAR_MANAGE: {R.RECORDS_MANAGER, R.ADMINISTRATOR},
    P.REPORT_MAKE: FIGURES,
    P.REPORT_REVIEW: {R.RECORDS_MANAGER},
    P.REPORT_ISSUE: {R.GENERAL_MANAGER},
    P.REGULAR_ASK: EVERYONE,
    P.REGULAR_DECIDE: {R.RECORDS_MANAGER, R.GENERAL_MANAGER},
    P.REGULAR_SET_UP: {R.RECORDS_MANAGER},
    P.REQUEST_DECIDE_RECORDS: {R.RECORDS_MANAGER, R.GENERAL_MANAGER},
    P.GRANT_REVOKE: {R.RECORDS_MANAGER},
    P.LOAN_OVERRIDE: {R.RECORDS_MANAGER},
    P.TRAIL_VIEW: {R.RECORDS_MANAGER, R.AUDITOR},
    P.UNDERTAKING_DRAFT: {R.RECORDS_MANAGER},
    P.UNDERTAKING_APPROVE: {R.GENERAL_MANAGER},
    P.UNDERTAKING_VIEW_ALL: {R.RECORDS_MANAGER, R.ADMINISTRATOR},
    P.BREACH_RECORD: {R.RECORDS_MANAGER},
    P.BREACH_VIEW_ALL: {R.RECORDS_MANAGER, R.GENERAL_MANAGER, R.AUDITOR},
    P.PEOPLE_MANAGE: {R.ADMINISTRATOR},
    P.SYSTEM_MANAGE: {R.ADMINISTRATOR},
}
"""Written down a second time on purpose: a permission given to one role more is a decision, not a slip."""


def make(*roles: Role, **fields: object) -> Actor:
    values = {"id": 1, "name": "Someone", "department_id": 1, "clearance": Level.GENERAL, **fields}
    return Actor(roles=frozenset(roles), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("permission", Permission, ids=lambda permission: permission.name)
def test_each_permission_belongs_to_exactly_these_roles(permission: Permission) -> None:
    assert {role for role in Role if permission in ROLE_PERMISSIONS[role]} == WHO_MAY[permission]


def test_every_role_has_permissions_and_a_name() -> None:
    assert set(ROLE_PERMISSIONS) == set(ROLE_NAMES) == set(Role)
    assert set(LEVEL_NAMES) == set(Level)
    assert all(name.strip() for name in (*ROLE_NAMES.values(), *LEVEL_NAMES.values()))


def test_permissions_are_named_resource_and_action() -> None:
    for permission in Permission:
        resource, _, action = permission.value.partition(":")
        assert resource.replace("_", "").isalpha(), permission
        assert action.replace("_", "").isalpha(), permission


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER, Role.GENERAL_MANAGER])
def test_contents_are_not_read_by_virtue_of_this_role(role: Role) -> None:
    assert not make(role).may(Permission.CONTENTS_READ_ALL)
    assert not make(role).may(Permission.ORIGINAL_DOWNLOAD)


def test_several_roles_add_up() -> None:
    both = make(Role.CLERK, Role.AUDITOR)
    assert both.permissions == ROLE_PERMISSIONS[Role.CLERK] | ROLE_PERMISSIONS[Role.AUDITOR]
    assert both.may(Permission.LOAN_ISSUE)
    assert both.may(Permission.TRAIL_VIEW)
    assert not both.may(Permission.PEOPLE_MANAGE)


def test_somebody_without_a_role_may_nothing() -> None:
    assert make().permissions == frozenset()
    assert not any(make().may(permission) for permission in Permission)


@pytest.mark.parametrize(
    ("clearance", "cleared"), [(Level.GENERAL, False), (Level.IMPORTANT, False), (Level.CORE, True)]
)
@pytest.mark.parametrize("role", Role)
def test_only_core_clearance_clears_for_core_whatever_the_role(role: Role, clearance: Level, cleared: bool) -> None:
    assert make(role, clearance=clearance).cleared_for_core is cleared
