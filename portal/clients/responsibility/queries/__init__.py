"""Reads about who looks after which client.

The mapped class of dossiers is an argument. Names of clients follow `client_known_to`; a client's rank, like all its
fields beyond the name, `client_readable_by`.
"""

from portal.clients.responsibility.queries.loads import Load, choosable, loads
from portal.clients.responsibility.queries.paging import PAGE_SIZE, Part, part
from portal.clients.responsibility.queries.people import (
    ClientOfPerson,
    Named,
    Present,
    clients_of,
    has_known_core,
    history_of_client,
    known_client,
    known_clients_of,
    may_read_client,
    open_responsibilities,
    present_people,
)
from portal.clients.responsibility.queries.shortages import (
    Shortage,
    Unattended,
    common_pool,
    short_handed,
    shortage,
    wants_two,
)

__all__ = [
    "PAGE_SIZE",
    "ClientOfPerson",
    "Load",
    "Named",
    "Part",
    "Present",
    "Shortage",
    "Unattended",
    "choosable",
    "clients_of",
    "common_pool",
    "has_known_core",
    "history_of_client",
    "known_client",
    "known_clients_of",
    "loads",
    "may_read_client",
    "open_responsibilities",
    "part",
    "present_people",
    "short_handed",
    "shortage",
    "wants_two",
]
