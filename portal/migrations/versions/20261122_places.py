"""Places, and where each volume belongs and stands.

Revision: 20261122d
Before it: 20261122c
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "20261122d"
down_revision = "20261122c"
branch_labels = None
depends_on = None

KINDS = ("site", "room", "cabinet", "shelf", "box")
POINTERS = ("home_place_id", "present_place_id")
SERIES = "place"

places = sa.table(
    "places",
    sa.column("id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("parent_id", sa.Integer),
    sa.column("code", sa.String),
    sa.column("ordinal", sa.Integer),
    sa.column("name", sa.String),
    sa.column("barcode", sa.String),
    sa.column("path", sa.String),
    sa.column("sort_key", sa.String),
    sa.column("row_version", sa.Integer),
)
volumes = sa.table("volumes", sa.column("place", sa.String), sa.column("home_place_id", sa.Integer))
series = sa.table(
    "number_series", sa.column("series", sa.String), sa.column("year", sa.Integer), sa.column("last", sa.Integer)
)


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("barcode", sa.String(length=20), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("sort_key", sa.String(length=25), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["places.id"], name=op.f("fk_places_parent_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("barcode", name=op.f("uq_places_barcode")),
        sa.UniqueConstraint("path", name=op.f("uq_places_path")),
    )
    op.create_index(op.f("ix_places_parent_id"), "places", ["parent_id"])
    op.create_index(op.f("ix_places_sort_key"), "places", ["sort_key"])
    op.create_table(
        "moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("volume_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("from_place_id", sa.Integer(), nullable=True),
        sa.Column("to_place_id", sa.Integer(), nullable=True),
        sa.Column("from_path", sa.String(length=120), nullable=False),
        sa.Column("to_path", sa.String(length=120), nullable=False),
        sa.Column("custody", sa.String(length=40), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("(volume_id IS NULL) != (place_id IS NULL)", name=op.f("ck_moves_subject")),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_moves_volume_id_volumes")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_moves_place_id_places")),
        sa.ForeignKeyConstraint(["from_place_id"], ["places.id"], name=op.f("fk_moves_from_place_id_places")),
        sa.ForeignKeyConstraint(["to_place_id"], ["places.id"], name=op.f("fk_moves_to_place_id_places")),
        sa.ForeignKeyConstraint(["moved_by_id"], ["people.id"], name=op.f("fk_moves_moved_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
    )
    for column in ("volume_id", "place_id", "from_place_id", "to_place_id", "moved_by_id"):
        op.create_index(op.f(f"ix_moves_{column}"), "moves", [column])
    for column in POINTERS:
        _add_pointer(column)
    _plant_places()
    op.drop_column("volumes", "place")


def _add_pointer(column: str) -> None:
    """Add a key to places. SQLite adds it in place: a rebuilt table would leave the loans without their volumes."""
    name = f"fk_volumes_{column}_places"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE volumes ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES places (id)")
    else:
        op.add_column("volumes", sa.Column(column, sa.Integer(), nullable=True))
        op.create_foreign_key(op.f(name), "volumes", "places", [column], ["id"])
    op.create_index(op.f(f"ix_volumes_{column}"), "volumes", [column])


def _plant_places() -> None:
    """Make a tree of the texts, and lead each volume to its place: the path of the place is the text it had."""
    connection = op.get_bind()
    texts = list(connection.scalars(sa.select(volumes.c.place).where(volumes.c.place != "").distinct()))
    codes = {text: _codes(text) for text in texts}
    deepest: dict[str, int] = {}
    for parts in codes.values():
        deepest[parts[0]] = max(deepest.get(parts[0], 0), len(parts))
    wanted = {parts[: depth + 1] for parts in codes.values() for depth in range(len(parts))}
    ids: dict[tuple[str, ...], int] = {}
    keys: dict[tuple[str, ...], str] = {(): ""}
    counts: dict[tuple[str, ...], int] = {}
    for number, parts in enumerate(sorted(wanted, key=lambda parts: (len(parts), _walking(parts))), start=1):
        parent = parts[:-1]
        counts[parent] = ordinal = counts.get(parent, 0) + 1
        keys[parts] = f"{keys[parent]}{ordinal:05d}"
        # A room is at the top, unless some text has five parts: then a site is.
        top = 0 if deepest[parts[0]] == len(KINDS) else 1
        kind = KINDS[top + len(parts) - 1]
        connection.execute(
            places.insert().values(
                kind=kind,
                parent_id=ids.get(parent),
                code=parts[-1],
                ordinal=ordinal,
                name="",
                barcode=f"P{number:06d}",
                path="-".join(parts),
                sort_key=keys[parts],
                row_version=1,
            )
        )
        ids[parts] = connection.scalars(sa.select(places.c.id).where(places.c.path == "-".join(parts))).one()
    for text in texts:
        connection.execute(volumes.update().where(volumes.c.place == text).values(home_place_id=ids[codes[text]]))
    if ids:
        connection.execute(series.insert().values(series=SERIES, year=0, last=len(ids)))


def _codes(text: str) -> tuple[str, ...]:
    """The codes of a place: its parts, or the whole text where that is no path."""
    parts = tuple(text.split("-"))
    return parts if len(parts) <= len(KINDS) and all(part.strip() == part != "" for part in parts) else (text,)


def _walking(parts: tuple[str, ...]) -> list[list[tuple[int, int, str]]]:
    """In the order in which one walks: 2 comes before 10."""
    return [
        [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in re.split(r"(\d+)", code) if piece]
        for code in parts
    ]


def downgrade() -> None:
    op.add_column("volumes", sa.Column("place", sa.String(length=60), server_default="", nullable=False))
    path = sa.select(sa.func.substr(places.c.path, 1, 60)).where(places.c.id == volumes.c.home_place_id)
    op.get_bind().execute(
        volumes.update().where(volumes.c.home_place_id.is_not(None)).values(place=path.scalar_subquery())
    )
    for column in POINTERS:
        op.drop_index(op.f(f"ix_volumes_{column}"), "volumes")
        if op.get_bind().dialect.name != "sqlite":
            op.drop_constraint(op.f(f"fk_volumes_{column}_places"), "volumes", type_="foreignkey")
        op.drop_column("volumes", column)
    op.drop_table("moves")
    op.drop_table("places")
    op.get_bind().execute(series.delete().where(series.c.series == SERIES))
