"""Who came after whom as responsible employee of a client."""

from __future__ import annotations

from portal.demonstration.model import ContactChange

CONTACT_CHANGES = (
    ContactChange(
        "harrowgate-second",
        "harrowgate",
        rank=2,
        person="ana",
        instead_of="diego",
        by="jorge",
        days=-150,
        reason="workload",
        remark="Diego se ocupa de México; Ana conoce las ferias inglesas.",
    ),
    ContactChange(
        "nopalera-first",
        "nopalera",
        rank=1,
        person=None,
        instead_of="ana",
        by="jorge",
        days=-2,
        reason="workload",
        remark="Hasta decidir quién lleva los pedidos de temporada.",
    ),
)
"""The last one leaves a client in the common pool."""
