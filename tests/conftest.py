"""Fixtures every test may use: a migrated database (SQLite, or PostgreSQL when asked), units of work, the app.

`PORTAL_TEST_DATABASE=postgresql+psycopg://…` (a role that may create databases) runs the same tests on
PostgreSQL. Heavy parts are imported inside the fixtures, so that `tests/contracts` can run in an environment
that holds a search engine and nothing else.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""

TRAIL_KEY = b"a trail key for tests"

# Property tests draw the same examples each time, so that a change is judged by what it changes; to hunt for more,
# PORTAL_TEST_RANDOM=1 draws others.
settings.register_profile("same", derandomize=True)
if not os.environ.get("PORTAL_TEST_RANDOM"):
    settings.load_profile("same")


@pytest.fixture(scope="session")
def compiled_statements() -> None:
    """Statements are compiled once in a run, and not again on each test's engine."""
    from tests.compiling_once import share_compiled_statements

    share_compiled_statements()


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory, compiled_statements: None) -> Iterator[str]:
    """A migrated, empty database that each test copies: a SQLite file, or a PostgreSQL template's URL."""
    from sqlalchemy import create_engine, text

    from portal.database import prepare_engine
    from portal.migrations.change import upgrade

    server = os.environ.get("PORTAL_TEST_DATABASE")
    if not server:
        path = tmp_path_factory.mktemp("template") / "portal.db"
        engine = create_engine(f"sqlite:///{path}")
        prepare_engine(engine)
        upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        yield str(path)
        return
    name = f"template_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(_database_url(server, name))
    upgrade(engine)
    engine.dispose()
    yield name
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _database_url(server: str, name: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def make_database(database_template: str, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes fresh migrated databases; returns their SQLAlchemy URLs."""
    from sqlalchemy import create_engine, text

    server = os.environ.get("PORTAL_TEST_DATABASE")
    made: list[str] = []

    def make() -> str:
        if not server:
            path = tmp_path / f"portal-{len(made)}.db"
            shutil.copy(database_template, path)
            made.append(str(path))
            return f"sqlite:///{path}"
        name = f"test_{uuid.uuid4().hex[:12]}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {database_template}"))
        admin.dispose()
        made.append(name)
        return _database_url(server, name)

    yield make
    if server:
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for name in made:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """A fresh migrated database."""
    return make_database()


@pytest.fixture
def clock() -> Any:
    """A clock the test moves."""
    from portal.core.clock import SetClock

    return SetClock(START)


@pytest.fixture
def engine(database_url: str) -> Iterator[Any]:
    """An engine on the fresh database, prepared as the portal does."""
    from sqlalchemy import create_engine

    from portal.database import prepare_engine

    engine = create_engine(database_url)
    prepare_engine(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Any) -> Iterator[Any]:
    """A session that may write."""
    from sqlalchemy.orm import Session

    from portal.database import begin_writing

    with Session(engine) as session:
        begin_writing(session)
        yield session


@pytest.fixture
def work_as(session: Any, clock: Any) -> Callable[..., Any]:
    """`work_as(actor)` makes a unit of work on the session; `work_as()` is the portal itself."""
    from zoneinfo import ZoneInfo

    from portal.core.unit_of_work import UnitOfWork

    def make(actor: Any = None) -> UnitOfWork:
        return UnitOfWork(session, clock, ZoneInfo("Asia/Shanghai"), TRAIL_KEY, actor)

    return make


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Any:
    """Settings with a data folder and a database of their own."""
    from portal.config import load_settings

    return load_settings(
        {"PORTAL_DATA": str(tmp_path / "data"), "PORTAL_DATABASE": database_url, "PORTAL_TRAIL_KEY": TRAIL_KEY.decode()}
    )


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Where compiled templates are kept, so that not every test's portal compiles them again; nor the routes."""
    from jinja2 import FileSystemBytecodeCache

    from tests.compiling_once import share_compiled_routes

    share_compiled_routes()
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Any, clock: Any, compiled_templates: Any) -> Iterator[Any]:
    """The portal on the fresh database, with the test's clock; its child processes end with the test."""
    from portal.application import create_app

    app = create_app(settings, clock=clock)
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    app.extensions["legajo"].close()


@pytest.fixture
def parts(app: Any) -> Any:
    """The parts of the portal under test."""
    return app.extensions["legajo"]


@pytest.fixture
def queues(app: Any) -> Any:
    """The work queues of the portal under test: `queues.work_until_idle()` does what is due in this thread."""
    return app.extensions["legajo_queues"]


@pytest.fixture
def world(parts: Any) -> Any:
    """A small archive with people of several rights (`tests.web.documents_world`); many tests have one of their own."""
    from tests.web.documents_world import make_world

    return make_world(parts)


@pytest.fixture
def amparo(app: Any, world: Any) -> Any:
    """The browser of the employee who looks after the clients of that archive."""
    from tests.web.visitor import Visitor

    return Visitor(app, "amparo")
