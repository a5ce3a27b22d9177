"""People, departments, roles, sessions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.permissions import Level, Role
from portal.core.tables import Base, UtcDateTime, Versioned, Word, historic_person, open_person

NO_PASSWORD = "!"  # noqa: S105  No password has this hash: verifying it fails as for a wrong one.


class Department(Versioned, Base):
    """A department with its head and, while named, a deputy."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    head_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", use_alter=True), index=True, info={"person": "open"}
    )
    deputy_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", use_alter=True), index=True, info={"person": "open"}
    )

    head: Mapped[Person | None] = relationship(foreign_keys=[head_id], viewonly=True)
    deputy: Mapped[Person | None] = relationship(foreign_keys=[deputy_id], viewonly=True)


class Person(Versioned, Base):
    """An employee with an account. Never deleted: departed people stay in history."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), default="")
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    clearance: Mapped[Level] = mapped_column(Word(Level), default=Level.GENERAL)
    language: Mapped[str] = mapped_column(String(5), default="en")
    password_hash: Mapped[str] = mapped_column(String(200))
    failed_logins: Mapped[int] = mapped_column(default=0)
    login_not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    departed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    card_number: Mapped[str | None] = mapped_column(String(20), unique=True, index=True)
    """What the bar code of the person's card says, for the counter; whose card is lost gets another."""
    leaving_on: Mapped[date | None] = mapped_column()
    """The last day in the department, while a handover is open (R17): they sign for nobody and succeed nobody."""
    downloads_stopped: Mapped[bool] = mapped_column(default=False, server_default=false())
    """While a handover is open: no original and no copy is given out to them."""

    department: Mapped[Department] = relationship(foreign_keys=[department_id])
    roles: Mapped[list[PersonRole]] = relationship(cascade="all, delete-orphan", back_populates="person")

    @property
    def locked_out(self) -> bool:
        """Whether no password is right until a new one is set."""
        return self.password_hash == NO_PASSWORD

    @property
    def role_set(self) -> frozenset[Role]:
        """The person's roles."""
        return frozenset(row.role for row in self.roles)


class PersonRole(Base):
    """One role of one person."""

    __tablename__ = "person_roles"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, info={"person": "open"})
    role: Mapped[Role] = mapped_column(Word(Role), primary_key=True)

    person: Mapped[Person] = relationship(back_populates="roles")


class EndedCard(Base):
    """A card number that is no longer good: kept, so that nobody is ever given it again."""

    __tablename__ = "ended_cards"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    person_id: Mapped[int] = historic_person()
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoginSession(Base):
    """A log-in on one device. The cookie holds a random token, the table only its digest."""

    __tablename__ = "login_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = open_person()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_reason: Mapped[str | None] = mapped_column(String(40))
    gate_shut_from: Mapped[date | None] = mapped_column()
    """From this day on nothing opens in this log-in but what stands before the gate (`Room.page`); None: it is open."""
    address: Mapped[str | None] = mapped_column(String(60))
    browser: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship()


class OnceKey(Base):
    """A form that acts once and has acted: where its first submission led."""

    __tablename__ = "once_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = historic_person()
    key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(500), default="")
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("person_id", "key"),)
