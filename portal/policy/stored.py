"""What stands in the database as policy, checked before anything is decided by it. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from portal.core.errors import PortalError
from portal.core.messages import N_, Message
from portal.policy.national_days import countries
from portal.policy.rules import CLOSED_DAY_NAMES, COUNTED_NAMES, Policy

Rule = tuple[Message, Callable[[Any], bool]]
"""What a value may be: in words for the administrator, and as a check."""


class PolicyValueWrong(PortalError):
    """A stored value makes no sense. Nothing is decided by a guess: `name` and `value` say what to mend."""

    message_id = N_(
        "The policy value %(name)s is stored as %(value)s, which makes no sense: %(rule)s Nothing was changed. "
        "The administrator has to correct it."
    )
    status = 500

    def __init__(self, name: str, value: object, rule: Message) -> None:
        super().__init__(name=name, value=repr(value)[:100], rule=rule)
        self.name, self.value = name, value


def policy_from(stored: Mapping[str, Any]) -> Policy:
    """The defaults with what is stored, value by value; PolicyValueWrong for one that makes no sense.

    Names this version does not know are left alone: they are of a version to come.
    """
    values: dict[str, Any] = {}
    for item in fields(Policy):
        if item.name in stored:
            value = stored[item.name]
            rule, right = _RULES[item.name]
            if not right(value):
                raise PolicyValueWrong(item.name, value, rule)
            values[item.name] = tuple(value) if isinstance(value, list) else value
    return Policy(**values)


def _whole(least: int, most: int) -> Rule:
    return (
        Message(N_("it has to be a whole number from %(least)s to %(most)s."), {"least": least, "most": most}),
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
    )


def _one_of(*words: str) -> Rule:
    rule = Message(N_("it has to be one of %(words)s."), {"words": ", ".join(words)})
    return rule, lambda value: isinstance(value, str) and value in words


def _is_week(value: Any) -> bool:
    days = value if isinstance(value, list | tuple) else ()
    whole = all(isinstance(day, int) and not isinstance(day, bool) and 0 <= day <= 6 for day in days)
    return bool(days) and whole and len(set(days)) == len(days)


def _is_country(value: Any) -> bool:
    return isinstance(value, str) and (not value or value in countries())


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.format(year=2026, number=7) != value.format(year=2026, number=8)
    except (LookupError, ValueError, AttributeError, TypeError):
        return False


_PATTERN: Rule = (
    Message(N_("it has to be a pattern with {number} in it, and {year} where numbers begin anew each year.")),
    _is_pattern,
)
_RULES: Mapping[str, Rule] = {
    "loan_days": _whole(1, 366),
    "loan_days_counted": _one_of(*COUNTED_NAMES),
    "closed_day_moves": _one_of(*CLOSED_DAY_NAMES),
    "most_renewals": _whole(0, 100),
    "renewal_days": _whole(1, 366),
    "hold_days": _whole(1, 366),
    "remind_days_before": _whole(0, 366),
    "escalate_to_head_after": _whole(1, 366),
    "escalate_to_records_after": _whole(1, 366),
    "approver_reminder_days": _whole(1, 366),
    "open_weekdays": (
        Message(N_("it has to be weekdays from 0 (Monday) to 6 (Sunday), each once, at least one.")),
        _is_week,
    ),
    "holiday_country": (
        Message(N_("it has to be the two letters of a country whose holidays are known, or nothing.")),
        _is_country,
    ),
    "grant_days": _whole(1, 3660),
    "request_days": _whole(1, 366),
    "number_pattern": _PATTERN,
    "core_number_pattern": _PATTERN,
    "password_length": _whole(8, 200),
    "undertaking_months": _whole(1, 120),
    "undertaking_remind_days": _whole(0, 366),
}
"""Each value of the policy; a test finds one that is missing."""
