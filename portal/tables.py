"""Every table of the portal, imported once so that the metadata is complete."""

from portal.access import models as access
from portal.accounts import models as accounts
from portal.arrivals import models as arrivals
from portal.clients import models as clients
from portal.core import outbox, trail
from portal.core.tables import Base
from portal.documents import models as documents
from portal.dossiers import models as dossiers
from portal.handover import models as handover
from portal.lending import models as lending
from portal.notices import models as notices
from portal.policy import models as policy
from portal.reports.models import issued as issued_reports
from portal.reports.models import regular as regular_reports
from portal.search.saved import models as saved_searches
from portal.undertaking import models as undertaking

METADATA = Base.metadata
MODULES = (
    access,
    accounts,
    arrivals,
    clients,
    documents,
    dossiers,
    handover,
    issued_reports,
    lending,
    notices,
    outbox,
    policy,
    regular_reports,
    saved_searches,
    trail,
    undertaking,
)
