"""The papers of a handover: the open items for the meeting, and the certificate that is kept."""

from __future__ import annotations

from flask import Response, send_file
from flask.typing import ResponseReturnValue

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.handover.checklist import checklist_for
from portal.handover.papers.meeting import meeting_pdf
from portal.handover.routes.room import handover, shown_handover
from portal.http.edge import current_work, get_parts
from portal.http.language import choose_language


@handover.page("/handovers/<int:handover_id>/open-items.pdf", may=Permission.REGISTER_VIEW)
def open_items(handover_id: int) -> ResponseReturnValue:
    """The open items by department, as the one who prints them may know them."""
    work = current_work()
    found = shown_handover(handover_id)
    checklist = checklist_for(work.session, work.person, found, get_parts().obligations, work.today)
    data = meeting_pdf(found, checklist, choose_language(), work.now.astimezone(work.zone))
    name = f"handover-{found.id}-open-items.pdf"
    return Response(data, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@handover.page("/handovers/<int:handover_id>/certificate.pdf", may=Permission.REGISTER_VIEW)
def certificate(handover_id: int) -> ResponseReturnValue:
    """The certificate as it was issued."""
    found = shown_handover(handover_id)
    if found.certificate is None:
        raise NotFound()
    name = f"{found.certificate.number}.pdf"
    content = get_parts().store.open(found.certificate.content_key)
    return send_file(content, "application/pdf", download_name=name, max_age=0, etag=False)
