"""Dossiers, their paper volumes, the places these stand in, and the series their numbers come from."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from portal.access.models import Confidential
from portal.accounts.models import Department, Person
from portal.clients.models import Client
from portal.core.erasable import ErasableText
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person
from portal.dossiers.states import Condition, Custody, DossierState, MoveKind, PlaceKind


class Dossier(Confidential, Versioned, Base):
    """What the archive keeps about a client under one number. Official once its opening is approved (R3)."""

    __tablename__ = "dossiers"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    """What the dossier is about, where a client has several."""
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    state: Mapped[DossierState] = mapped_column(Word(DossierState), default=DossierState.DRAFT, index=True)
    opened_by_id: Mapped[int] = open_person()
    """Who drafted it: a draft is something to finish, so leaving transfers it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = historic_person(nullable=True)
    decision_comment: Mapped[str] = mapped_column(String(500), default="")
    opened_on: Mapped[date | None]
    """The date of approval, in the office's zone."""
    rights_version: Mapped[int] = mapped_column(default=1)
    """Raised when level, department or client change: until indexed again, the search leaves it out."""
    indexed_rights: Mapped[int] = mapped_column(default=0)
    """The `rights_version` under which the search index last held this dossier; 0 for never."""

    client: Mapped[Client] = relationship()
    department: Mapped[Department] = relationship()
    volumes: Mapped[list[Volume]] = relationship(order_by="Volume.ordinal", back_populates="dossier")


class Place(Versioned, Base):
    """A site, room, cabinet, shelf or box. Closed when it is given up, never deleted: history names it."""

    __tablename__ = "places"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PlaceKind] = mapped_column(Word(PlaceKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    """What is written on it, short: unique among its siblings."""
    ordinal: Mapped[int]
    """Its position among its siblings, from 1: left to right, top to bottom."""
    name: Mapped[str] = mapped_column(String(100), default="")
    barcode: Mapped[str] = mapped_column(String(20), unique=True)
    """In capitals (`rules.as_barcode`)."""
    path: Mapped[str] = mapped_column(String(120), unique=True)
    """The codes from the top down to here, as in A-03-2-14."""
    sort_key: Mapped[str] = mapped_column(String(25), index=True)
    """The ordinals from the top down to here, five digits each: in this order one walks along the shelves."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    parent: Mapped[Place | None] = relationship(remote_side=[id])


class Volume(Versioned, Base):
    """One physical binder or folder of a dossier."""

    __tablename__ = "volumes"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    ordinal: Mapped[int]
    barcode: Mapped[str] = mapped_column(String(20), unique=True)
    """In capitals (`rules.as_barcode`)."""
    sheets: Mapped[int] = mapped_column(default=0)
    home_place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    """Where it belongs."""
    present_place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    """Where it was put down instead; None for at home, or in nobody's shelf (on loan, missing)."""
    custody: Mapped[Custody] = mapped_column(Word(Custody), default=Custody.ON_SHELF, index=True)
    condition: Mapped[Condition] = mapped_column(Word(Condition), default=Condition.GOOD, server_default=Condition.GOOD)
    """In what state the paper is, as it was last seen at the desk."""

    dossier: Mapped[Dossier] = relationship(back_populates="volumes")
    home_place: Mapped[Place | None] = relationship(foreign_keys=[home_place_id])
    present_place: Mapped[Place | None] = relationship(foreign_keys=[present_place_id])

    # Read with every volume, as subqueries: lists show them, and a join would stand in the way of FOR UPDATE.
    place: Mapped[str] = column_property(
        func.coalesce(select(Place.path).where(Place.id == home_place_id).correlate_except(Place).scalar_subquery(), "")
    )
    """The path of the home place, as in A-03-2-14, or "". Read only: set `home_place_id`."""
    shelf_key: Mapped[str | None] = column_property(
        select(Place.sort_key)
        .where(Place.id == func.coalesce(present_place_id, home_place_id))
        .correlate_except(Place)
        .scalar_subquery()
    )
    """The sort key of the place where it stands (or would stand): None without a place."""

    __table_args__ = (
        UniqueConstraint("dossier_id", "ordinal"),
        CheckConstraint("sheets >= 0", name="sheets"),
    )

    @property
    def stands_at(self) -> str:
        """The path of the place to fetch it from: where it was put down, else its home."""
        return self.present_place.path if self.present_place else self.place


class Move(Base):
    """A line of the history of a volume or a place. Only ever added: the database refuses to change or remove one."""

    __tablename__ = "moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MoveKind] = mapped_column(Word(MoveKind))
    volume_id: Mapped[int | None] = mapped_column(ForeignKey("volumes.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    """The place that was moved, with its contents; None where a volume was."""
    from_place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    to_place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    from_path: Mapped[str] = mapped_column(String(120), default="")
    """What the place was called then; for a moved place, its own path before."""
    to_path: Mapped[str] = mapped_column(String(120), default="")
    custody: Mapped[Custody | None] = mapped_column(Word(Custody))
    """The custody a volume came into."""
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moved_by_id: Mapped[int | None] = historic_person(nullable=True)
    """Who did it; None for the portal itself (a reservation that lapsed)."""
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("erasable_texts.id"))

    moved_by: Mapped[Person | None] = relationship()
    reason: Mapped[ErasableText | None] = relationship()
    """What was typed as the reason: it may be erased, nothing else may."""

    __table_args__ = (CheckConstraint("(volume_id IS NULL) != (place_id IS NULL)", name="subject"),)


class NumberSeries(Base):
    """The last number given out of a series, counted up in the transaction that uses the number."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
