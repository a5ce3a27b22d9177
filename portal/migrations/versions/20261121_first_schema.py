"""The first schema: register, documents, lending, trail, outbox.

Revision: e17e69ca9121
Before it:
"""

import sqlalchemy as sa
from alembic import op

revision = "e17e69ca9121"
down_revision = None
branch_labels = None
depends_on = None


INSERT_ONLY = {"trail_entries": ("id",), "trail_seals": ("sequence", "entry_id")}
"""Tables whose rows are never changed or removed (the database itself refuses), with their unique columns."""


def _make_insert_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_trail_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'the trail is insert-only'; END $$"
        )
        for table in INSERT_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_trail_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change()"
            )
        return
    for table, unique in INSERT_ONLY.items():
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the trail is insert-only'); END"
            )
        # INSERT OR REPLACE removes the old row without its DELETE trigger.
        taken = " OR ".join(f"{column} = NEW.{column}" for column in unique)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
            "BEGIN SELECT RAISE(ABORT, 'the trail is insert-only'); END"
        )


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in INSERT_ONLY:
            op.execute(f"DROP TRIGGER {table}_insert_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP FUNCTION refuse_trail_change()")
        return
    for table in INSERT_ONLY:
        for change in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {table}_no_{change}")


def _tie_departments_to_people() -> None:
    """Departments name people and people departments: where a table is made without the key that points
    ahead (PostgreSQL), the key follows when both tables are there. SQLite takes it at once."""
    if op.get_bind().dialect.name == "postgresql":
        for column in ("head_id", "deputy_id"):
            op.create_foreign_key(f"fk_departments_{column}_people", "departments", "people", [column], ["id"])


def _untie_departments() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for column in ("head_id", "deputy_id"):
            op.drop_constraint(f"fk_departments_{column}_people", "departments", type_="foreignkey")


def upgrade() -> None:
    op.create_table(
        "calendar_exceptions",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_exceptions")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["people.id"], name=op.f("fk_departments_deputy_id_people"), use_alter=True
        ),
        sa.ForeignKeyConstraint(
            ["head_id"], ["people.id"], name=op.f("fk_departments_head_id_people"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("name", name=op.f("uq_departments_name")),
    )
    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departments_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_departments_head_id"), ["head_id"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=160), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_outbox_kind_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["kind", "not_before"], unique=False)

    op.create_table(
        "policy_values",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_policy_values")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("clearance", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("login_not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_people_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name=op.f("uq_people_login")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_department_id"), ["department_id"], unique=False)

    op.create_table(
        "clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("legal_representative", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("fax", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("business_scope", sa.Text(), nullable=False),
        sa.Column("registered_capital", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("capital_currency", sa.String(length=3), nullable=False),
        sa.Column("registration_number", sa.String(length=40), nullable=False),
        sa.Column("industry", sa.String(length=120), nullable=False),
        sa.Column("size", sa.String(length=60), nullable=False),
        sa.Column("cooperation_began", sa.Date(), nullable=True),
        sa.Column("cooperation_progress", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["people.id"], name=op.f("fk_clients_created_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clients_created_by_id"), ["created_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clients_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_clients_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_clients_name_key"), ["name_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_clients_registration_number"), ["registration_number"], unique=False
        )

    op.create_table(
        "login_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_login_sessions_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_login_sessions_token_digest")),
    )
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_sessions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "once_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=500), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_once_keys_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_once_keys")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_once_keys_person_id_key")),
    )
    with op.batch_alter_table("once_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_once_keys_person_id"), ["person_id"], unique=False)

    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_roles_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("object", sa.String(length=300), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["filed_by_id"], ["people.id"], name=op.f("fk_requests_filed_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requests_filed_by_id"), ["filed_by_id"], unique=False)

    op.create_table(
        "trail_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("personal_digest", sa.String(length=64), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_trail_entries_actor_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entries")),
    )
    with op.batch_alter_table("trail_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trail_entries_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_trail_entries_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index("ix_trail_entries_at", ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_trail_entries_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trail_entries_subject"), ["subject"], unique=False)

    op.create_table(
        "contact_persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_contact_persons_client_id_clients")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_persons")),
    )
    with op.batch_alter_table("contact_persons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_persons_client_id"), ["client_id"], unique=False)

    op.create_table(
        "dossiers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_comment", sa.String(length=500), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("rights_version", sa.Integer(), nullable=False),
        sa.Column("indexed_rights", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_dossiers_client_id_clients")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_dossiers_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_dossiers_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["people.id"], name=op.f("fk_dossiers_opened_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
        sa.UniqueConstraint("number", name=op.f("uq_dossiers_number")),
    )
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dossiers_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_decided_by_id"), ["decided_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_level"), ["level"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_opened_by_id"), ["opened_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossiers_state"), ["state"], unique=False)

    op.create_table(
        "responsibilities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=True),
        sa.CheckConstraint("rank IN (1, 2)", name=op.f("ck_responsibilities_rank")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_responsibilities_client_id_clients")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_responsibilities_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibilities")),
    )
    with op.batch_alter_table("responsibilities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responsibilities_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_responsibilities_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_responsibilities_open",
            ["client_id", "rank"],
            unique=True,
            sqlite_where=sa.text("until_date IS NULL"),
            postgresql_where=sa.text("until_date IS NULL"),
        )

    op.create_table(
        "trail_personal",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["trail_entries.id"], name=op.f("fk_trail_personal_entry_id_trail_entries")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_trail_personal")),
    )
    op.create_table(
        "trail_seals",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("entry_digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["trail_entries.id"], name=op.f("fk_trail_seals_entry_id_trail_entries")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_trail_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_trail_seals_entry_id")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("correspondent", sa.String(length=200), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_documents_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(["filed_by_id"], ["people.id"], name=op.f("fk_documents_filed_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_filed_by_id"), ["filed_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_kind"), ["kind"], unique=False)

    op.create_table(
        "reading_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("both_signed", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=60), nullable=True),
        sa.Column("granted_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_reading_grants_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["people.id"], name=op.f("fk_reading_grants_granted_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_reading_grants_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_grants")),
    )
    with op.batch_alter_table("reading_grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_grants_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reading_grants_granted_by_id"), ["granted_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reading_grants_person_id"), ["person_id"], unique=False)

    op.create_table(
        "volumes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("barcode", sa.String(length=20), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("custody", sa.String(length=40), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("sheets >= 0", name=op.f("ck_volumes_sheets")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_volumes_dossier_id_dossiers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volumes")),
        sa.UniqueConstraint("barcode", name=op.f("uq_volumes_barcode")),
        sa.UniqueConstraint("dossier_id", "ordinal", name=op.f("uq_volumes_dossier_id_ordinal")),
    )
    with op.batch_alter_table("volumes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volumes_custody"), ["custody"], unique=False)
        batch_op.create_index(batch_op.f("ix_volumes_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "document_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_kind", sa.String(length=10), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["people.id"], name=op.f("fk_document_versions_added_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_versions_document_id_number")),
    )
    with op.batch_alter_table("document_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_versions_added_by_id"), ["added_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_versions_content_key"), ["content_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_versions_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_versions_state"), ["state"], unique=False)

    op.create_table(
        "request_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("grant_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_request_lines_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["reading_grants.id"], name=op.f("fk_request_lines_grant_id_reading_grants")
        ),
        sa.ForeignKeyConstraint(["reader_id"], ["people.id"], name=op.f("fk_request_lines_reader_id_people")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_request_lines_request_id_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_lines")),
    )
    with op.batch_alter_table("request_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_lines_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_lines_reader_id"), ["reader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_lines_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_lines_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_request_lines_open",
            ["reader_id", "dossier_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state IN ('submitted', 'head_approved', 'ready')"),
            postgresql_where=sa.text("state IN ('submitted', 'head_approved', 'ready')"),
        )

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_decisions_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["request_lines.id"], name=op.f("fk_decisions_line_id_request_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("line_id", "stage", name=op.f("uq_decisions_line_id_stage")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_decided_by_id"), ["decided_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_line_id"), ["line_id"], unique=False)

    op.create_table(
        "loans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volume_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("sheets_issued", sa.Integer(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.Column("sheets_returned", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["people.id"], name=op.f("fk_loans_borrower_id_people")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["people.id"], name=op.f("fk_loans_issued_by_id_people")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["request_lines.id"], name=op.f("fk_loans_line_id_request_lines")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["people.id"], name=op.f("fk_loans_received_by_id_people")
        ),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_loans_volume_id_volumes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
    )
    with op.batch_alter_table("loans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loans_borrower_id"), ["borrower_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_issued_by_id"), ["issued_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_issued_on"), ["issued_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_received_by_id"), ["received_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_returned_on"), ["returned_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_volume_id"), ["volume_id"], unique=False)
        batch_op.create_index(
            "uq_loans_open",
            ["volume_id"],
            unique=True,
            sqlite_where=sa.text("state = 'on_loan'"),
            postgresql_where=sa.text("state = 'on_loan'"),
        )

    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_versions.id"], name=op.f("fk_pages_version_id_document_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_pages_version_id_number")),
    )
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pages_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_version_id"), ["version_id"], unique=False)

    op.create_table(
        "requested_volumes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("volume_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('wanted', 'issued', 'not_found')", name=op.f("ck_requested_volumes_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["request_lines.id"], name=op.f("fk_requested_volumes_line_id_request_lines")
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volumes.id"], name=op.f("fk_requested_volumes_volume_id_volumes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requested_volumes")),
        sa.UniqueConstraint("line_id", "volume_id", name=op.f("uq_requested_volumes_line_id_volume_id")),
    )
    with op.batch_alter_table("requested_volumes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requested_volumes_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_requested_volumes_volume_id"), ["volume_id"], unique=False)
    _tie_departments_to_people()
    _make_insert_only()


def downgrade() -> None:
    _allow_changes()
    _untie_departments()
    with op.batch_alter_table("requested_volumes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requested_volumes_volume_id"))
        batch_op.drop_index(batch_op.f("ix_requested_volumes_line_id"))

    op.drop_table("requested_volumes")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pages_version_id"))
        batch_op.drop_index(batch_op.f("ix_pages_state"))

    op.drop_table("pages")
    with op.batch_alter_table("loans", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_loans_open",
            sqlite_where=sa.text("state = 'on_loan'"),
            postgresql_where=sa.text("state = 'on_loan'"),
        )
        batch_op.drop_index(batch_op.f("ix_loans_volume_id"))
        batch_op.drop_index(batch_op.f("ix_loans_state"))
        batch_op.drop_index(batch_op.f("ix_loans_returned_on"))
        batch_op.drop_index(batch_op.f("ix_loans_received_by_id"))
        batch_op.drop_index(batch_op.f("ix_loans_line_id"))
        batch_op.drop_index(batch_op.f("ix_loans_issued_on"))
        batch_op.drop_index(batch_op.f("ix_loans_issued_by_id"))
        batch_op.drop_index(batch_op.f("ix_loans_due_on"))
        batch_op.drop_index(batch_op.f("ix_loans_borrower_id"))

    op.drop_table("loans")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_line_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_decided_by_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("request_lines", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_request_lines_open",
            sqlite_where=sa.text("state IN ('submitted', 'head_approved', 'ready')"),
            postgresql_where=sa.text("state IN ('submitted', 'head_approved', 'ready')"),
        )
        batch_op.drop_index(batch_op.f("ix_request_lines_state"))
        batch_op.drop_index(batch_op.f("ix_request_lines_request_id"))
        batch_op.drop_index(batch_op.f("ix_request_lines_reader_id"))
        batch_op.drop_index(batch_op.f("ix_request_lines_dossier_id"))

    op.drop_table("request_lines")
    with op.batch_alter_table("document_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_versions_state"))
        batch_op.drop_index(batch_op.f("ix_document_versions_document_id"))
        batch_op.drop_index(batch_op.f("ix_document_versions_content_key"))
        batch_op.drop_index(batch_op.f("ix_document_versions_added_by_id"))

    op.drop_table("document_versions")
    with op.batch_alter_table("volumes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volumes_dossier_id"))
        batch_op.drop_index(batch_op.f("ix_volumes_custody"))

    op.drop_table("volumes")
    with op.batch_alter_table("reading_grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reading_grants_person_id"))
        batch_op.drop_index(batch_op.f("ix_reading_grants_granted_by_id"))
        batch_op.drop_index(batch_op.f("ix_reading_grants_dossier_id"))

    op.drop_table("reading_grants")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_kind"))
        batch_op.drop_index(batch_op.f("ix_documents_filed_by_id"))
        batch_op.drop_index(batch_op.f("ix_documents_dossier_id"))

    op.drop_table("documents")
    op.drop_table("trail_seals")
    op.drop_table("trail_personal")
    with op.batch_alter_table("responsibilities", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_responsibilities_open",
            sqlite_where=sa.text("until_date IS NULL"),
            postgresql_where=sa.text("until_date IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_responsibilities_person_id"))
        batch_op.drop_index(batch_op.f("ix_responsibilities_client_id"))

    op.drop_table("responsibilities")
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dossiers_state"))
        batch_op.drop_index(batch_op.f("ix_dossiers_opened_by_id"))
        batch_op.drop_index(batch_op.f("ix_dossiers_level"))
        batch_op.drop_index(batch_op.f("ix_dossiers_department_id"))
        batch_op.drop_index(batch_op.f("ix_dossiers_decided_by_id"))
        batch_op.drop_index(batch_op.f("ix_dossiers_client_id"))

    op.drop_table("dossiers")
    with op.batch_alter_table("contact_persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_persons_client_id"))

    op.drop_table("contact_persons")
    with op.batch_alter_table("trail_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trail_entries_subject"))
        batch_op.drop_index(batch_op.f("ix_trail_entries_dossier_id"))
        batch_op.drop_index("ix_trail_entries_at")
        batch_op.drop_index(batch_op.f("ix_trail_entries_actor_id"))
        batch_op.drop_index(batch_op.f("ix_trail_entries_action"))

    op.drop_table("trail_entries")
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requests_filed_by_id"))

    op.drop_table("requests")
    op.drop_table("person_roles")
    with op.batch_alter_table("once_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_once_keys_person_id"))

    op.drop_table("once_keys")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_sessions_person_id"))

    op.drop_table("login_sessions")
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clients_registration_number"))
        batch_op.drop_index(batch_op.f("ix_clients_name_key"))
        batch_op.drop_index(batch_op.f("ix_clients_name"))
        batch_op.drop_index(batch_op.f("ix_clients_kind"))
        batch_op.drop_index(batch_op.f("ix_clients_created_by_id"))

    op.drop_table("clients")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_department_id"))

    op.drop_table("people")
    op.drop_table("policy_values")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")

    op.drop_table("outbox")
    op.drop_table("number_series")
    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_departments_head_id"))
        batch_op.drop_index(batch_op.f("ix_departments_deputy_id"))

    op.drop_table("departments")
    op.drop_table("calendar_exceptions")
