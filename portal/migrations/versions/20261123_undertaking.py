"""The confidentiality undertaking: versions, acceptances, breaches.

Revision: 20261123d
Before it: 20261123c
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123d"
down_revision = "20261123c"
branch_labels = None
depends_on = None

_ACCEPTED = "who accepted the undertaking is insert-only"
_APPROVED = "a version of the undertaking that was approved never changes"


def _person(table: str, column: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    key = sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_{table}_{column}_people"))
    return [sa.Column(column, sa.Integer(), nullable=nullable), key]


def _of_version(table: str) -> list[sa.schema.SchemaItem]:
    name = op.f(f"fk_{table}_version_id_undertaking_versions")
    key = sa.ForeignKeyConstraint(["version_id"], ["undertaking_versions.id"], name=name)
    return [sa.Column("version_id", sa.Integer(), nullable=False), key]


def upgrade() -> None:
    # The log-in is read with every page: what it has to do first costs no statement of its own.
    op.add_column("login_sessions", sa.Column("gate_shut_from", sa.Date(), nullable=True))
    op.create_table(
        "undertaking_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        *_person("undertaking_versions", "submitted_by_id", nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_person("undertaking_versions", "approved_by_id", nullable=True),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (number IS NOT NULL AND from_on IS NOT NULL AND approved_at IS NOT NULL)",
            name=op.f("ck_undertaking_versions_approved_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertaking_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_undertaking_versions_number")),
    )
    for column in ("submitted_by_id", "approved_by_id"):
        op.create_index(op.f(f"ix_undertaking_versions_{column}"), "undertaking_versions", [column])
    op.create_table(
        "undertaking_texts",
        *_of_version("undertaking_texts"),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "language", name=op.f("pk_undertaking_texts")),
    )
    op.create_table(
        "undertaking_authors",
        *_of_version("undertaking_authors"),
        *_person("undertaking_authors", "person_id"),
        sa.PrimaryKeyConstraint("version_id", "person_id", name=op.f("pk_undertaking_authors")),
    )
    op.create_table(
        "undertaking_acceptances",
        sa.Column("id", sa.Integer(), nullable=False),
        *_person("undertaking_acceptances", "person_id"),
        *_of_version("undertaking_acceptances"),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertaking_acceptances")),
    )
    op.create_index(op.f("ix_undertaking_acceptances_person_id"), "undertaking_acceptances", ["person_id"])
    op.create_index(
        op.f("ix_undertaking_acceptances_version_id_person_id_accepted_on"),
        "undertaking_acceptances",
        ["version_id", "person_id", "accepted_on"],
    )
    op.create_table(
        "undertaking_breaches",
        sa.Column("id", sa.Integer(), nullable=False),
        *_person("undertaking_breaches", "person_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *_person("undertaking_breaches", "recorded_by_id"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *_person("undertaking_breaches", "closed_by_id", nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        *_person("undertaking_breaches", "erased_by_id", nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertaking_breaches")),
    )
    for column in ("person_id", "recorded_by_id", "closed_by_id", "erased_by_id"):
        op.create_index(op.f(f"ix_undertaking_breaches_{column}"), "undertaking_breaches", [column])
    op.create_table(
        "undertaking_breach_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("breach_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        *_person("undertaking_breach_notes", "written_by_id"),
        sa.ForeignKeyConstraint(
            ["breach_id"],
            ["undertaking_breaches.id"],
            name=op.f("fk_undertaking_breach_notes_breach_id_undertaking_breaches"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertaking_breach_notes")),
    )
    for column in ("breach_id", "written_by_id"):
        op.create_index(op.f(f"ix_undertaking_breach_notes_{column}"), "undertaking_breach_notes", [column])
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_acceptance_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{_ACCEPTED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER undertaking_acceptances_insert_only BEFORE UPDATE OR DELETE ON undertaking_acceptances "
        "FOR EACH ROW EXECUTE FUNCTION refuse_acceptance_change()"
    )
    op.execute(
        "CREATE TRIGGER undertaking_acceptances_no_truncate BEFORE TRUNCATE ON undertaking_acceptances "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_acceptance_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_approved_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF OLD.state = 'approved' THEN RAISE EXCEPTION '{_APPROVED}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER undertaking_versions_keep BEFORE UPDATE OR DELETE ON undertaking_versions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_approved_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_approved_text_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF EXISTS (SELECT 1 FROM undertaking_versions WHERE id = OLD.version_id AND state = 'approved') "
        f"THEN RAISE EXCEPTION '{_APPROVED}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER undertaking_texts_keep BEFORE UPDATE OR DELETE ON undertaking_texts "
        "FOR EACH ROW EXECUTE FUNCTION refuse_approved_text_change()"
    )


def _guard_on_sqlite() -> None:
    of_version = "(SELECT state FROM undertaking_versions WHERE id = {row}.version_id) = 'approved'"
    for change in ("UPDATE", "DELETE"):
        for table, when, words in (
            ("undertaking_acceptances", "1", _ACCEPTED),
            ("undertaking_versions", "OLD.state = 'approved'", _APPROVED),
            ("undertaking_texts", of_version.format(row="OLD"), _APPROVED),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
    # INSERT OR REPLACE removes the old row without its DELETE trigger.
    there = "EXISTS (SELECT 1 FROM {table} WHERE {key})"
    for table, key, also, words in (
        ("undertaking_acceptances", "id = NEW.id", "1", _ACCEPTED),
        ("undertaking_versions", "id = NEW.id", "1", _APPROVED),
        (
            "undertaking_texts",
            "version_id = NEW.version_id AND language = NEW.language",
            of_version.format(row="NEW"),
            _APPROVED,
        ),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN {there.format(table=table, key=key)} AND {also} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


def downgrade() -> None:
    for table in ("breach_notes", "breaches", "acceptances", "authors", "texts", "versions"):
        op.drop_table(f"undertaking_{table}")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("refuse_acceptance_change", "refuse_approved_change", "refuse_approved_text_change"):
            op.execute(f"DROP FUNCTION {function}()")
    op.drop_column("login_sessions", "gate_shut_from")
