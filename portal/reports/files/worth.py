"""What a file says it is worth, in lines of a name and a text: as on the cover of the paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from portal.core.messages import N_
from portal.reports.papers.standing import Standing
from portal.reports.statistics.wording import Translate, moment_text


def worth(standing: Standing, *, zone: ZoneInfo, language: str, translate: Translate) -> list[tuple[str, str]]:
    """Whether the report is issued, its number, who signed, the checksum of the data, in words."""
    lines = [
        (N_("State"), translate(standing.mark or N_("Signed and issued"))),
        (N_("Report number"), standing.number or translate(N_("Not issued"))),
    ]
    for one in standing.signed:
        if one.name:
            signed = f"{one.name}, {moment_text(one.at, zone, language)}" if one.at else one.name
            lines.append((one.role, signed))
    if standing.remark:
        lines.append((N_("Note"), standing.remark))
    if standing.checksum:
        lines.append((N_("Checksum of the data (SHA-256)"), standing.checksum))
    return [(translate(name), text) for name, text in lines]
