"""The register of clients (R1, R2)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.messages import N_
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person


class ClientKind(StrEnum):
    """What a client is to the company (R1)."""

    SUPPLIER = "supplier"
    DISTRIBUTOR = "distributor"
    BUYER = "buyer"
    LAW_FIRM = "law_firm"
    CONSULTANT = "consultant"
    AGENCY = "agency"
    BANK = "bank"
    INSURER = "insurer"
    FINANCING = "financing"


class ClientRank(StrEnum):
    """How much depends on the client (R6)."""

    KEY = "key"
    POTENTIAL = "potential"
    ORDINARY = "ordinary"


CLIENT_KIND_NAMES: dict[ClientKind, str] = {
    ClientKind.SUPPLIER: N_("Supplier"),
    ClientKind.DISTRIBUTOR: N_("Distributor"),
    ClientKind.BUYER: N_("Buyer"),
    ClientKind.LAW_FIRM: N_("Law firm"),
    ClientKind.CONSULTANT: N_("Financial consultant"),
    ClientKind.AGENCY: N_("Advertising or PR agency"),
    ClientKind.BANK: N_("Bank"),
    ClientKind.INSURER: N_("Insurer"),
    ClientKind.FINANCING: N_("Financing institution"),
}
CLIENT_RANK_NAMES: dict[ClientRank, str] = {
    ClientRank.KEY: N_("Key client"),
    ClientRank.POTENTIAL: N_("Potential client"),
    ClientRank.ORDINARY: N_("Ordinary client"),
}


class Client(Versioned, Base):
    """A company we deal with: the standard fields of rule R2."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    """The name folded for the duplicate warning (`portal.clients.rules.name_key`)."""
    kind: Mapped[ClientKind] = mapped_column(Word(ClientKind), index=True)
    rank: Mapped[ClientRank] = mapped_column(Word(ClientRank), default=ClientRank.ORDINARY)
    country: Mapped[str] = mapped_column(String(2))
    legal_representative: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    fax: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    business_scope: Mapped[str] = mapped_column(Text, default="")
    registered_capital: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    capital_currency: Mapped[str] = mapped_column(String(3), default="")
    registration_number: Mapped[str] = mapped_column(String(40), default="", index=True)
    industry: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[str] = mapped_column(String(60), default="")
    cooperation_began: Mapped[date | None]
    cooperation_progress: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = historic_person()

    contacts: Mapped[list[ContactPerson]] = relationship(
        cascade="all, delete-orphan", order_by="ContactPerson.id", back_populates="client"
    )


class ContactPerson(Base):
    """Somebody at the client."""

    __tablename__ = "contact_persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")

    client: Mapped[Client] = relationship(back_populates="contacts")
