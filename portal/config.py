"""Settings: frozen, typed, read once from the environment, checked at start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

LANGUAGES = ("en", "es", "zh")
SEARCH_ENGINES = ("whoosh", "tantivy", "postgres")


class SettingsError(Exception):
    """A setting is missing or makes no sense; the message names it and says what to do."""


def _from(variable: str, default: str, explanation: str) -> str:
    """A field read from an environment variable; `explanation` is what the admin guide says of it."""
    return field(default=default, metadata={"variable": variable, "explanation": explanation})


@dataclass(frozen=True)
class _Raw:
    data: str = _from("PORTAL_DATA", "instance", "Folder of the data: database, files, index, keys.")
    env: str = _from("PORTAL_ENV", "development", "`development` or `production`.")
    secret_key: str = _from(
        "PORTAL_SECRET_KEY", "", "Signs cookies and forms. Required in production; else made once in the data folder."
    )
    trail_key: str = _from(
        "PORTAL_TRAIL_KEY", "", "Seals the trail. Made once in the data folder; several hosts share one here."
    )
    database: str = _from(
        "PORTAL_DATABASE", "", "SQLAlchemy URL; empty for SQLite in the data folder. PostgreSQL: postgresql+psycopg://…"
    )
    files: str = _from(
        "PORTAL_FILES", "", "Folder of the documents; empty for `files` in the data folder. Several hosts share one."
    )
    search: str = _from(
        "PORTAL_SEARCH",
        "whoosh",
        "Search engine: `whoosh`, `tantivy` (one host, large archive) or `postgres` (several hosts).",
    )
    timezone: str = _from("PORTAL_TIMEZONE", "Asia/Shanghai", "The office's time zone (IANA name).")
    language: str = _from("PORTAL_LANGUAGE", "en", "Language before log-in: `en`, `es` or `zh`.")
    host: str = _from("PORTAL_HOST", "127.0.0.1", "Address the server listens on.")
    port: str = _from("PORTAL_PORT", "8000", "Port the server listens on.")
    worker: str = _from(
        "PORTAL_WORKER",
        "embedded",
        "`embedded`: the web process works the queues; `external`: `flask worker run` does.",
    )
    max_upload_mb: str = _from("PORTAL_MAX_UPLOAD_MB", "200", "Largest file that is accepted, in MiB.")
    max_pixels: str = _from("PORTAL_MAX_PIXELS", "150000000", "Most pixels a page image may claim in its header.")
    read_seconds: str = _from("PORTAL_READ_SECONDS", "180", "Longest time reading one page may take.")
    read_memory_mb: str = _from(
        "PORTAL_READ_MEMORY_MB", "3072", "Most memory (address space) the reading process may take, in MiB."
    )
    session_hours: str = _from("PORTAL_SESSION_HOURS", "10", "Hours after which a log-in ends.")
    arrivals: str = _from(
        "PORTAL_ARRIVALS", "", "Folder that is watched for scans, which are filed and taken out of it; empty for none."
    )
    url: str = _from(
        "PORTAL_URL", "", "Address people reach the portal at, for links in mail: `https://legajo.company.example`."
    )
    smtp_host: str = _from(
        "PORTAL_SMTP_HOST", "", "Mail server that notices are sent through; empty for the inbox only."
    )
    smtp_port: str = _from("PORTAL_SMTP_PORT", "587", "Port of the mail server.")
    smtp_starttls: str = _from(
        "PORTAL_SMTP_STARTTLS",
        "starttls",
        "`starttls`: the connection is made secure before anything is said; `tls`: it is from the start; `none`.",
    )
    smtp_user: str = _from("PORTAL_SMTP_USER", "", "Log-in name at the mail server; empty for none.")
    smtp_password: str = _from("PORTAL_SMTP_PASSWORD", "", "Password at the mail server.")
    mail_from: str = _from(
        "PORTAL_MAIL_FROM", "", "Who mail comes from: `legajo@company.example` or `Legajo <legajo@company.example>`."
    )
    https: str = _from(
        "PORTAL_HTTPS", "no", "`yes` when the portal is reached over HTTPS: cookies are then marked secure."
    )


@dataclass(frozen=True)
class MailSettings:
    """How notices are sent by mail. `security` is `starttls`, `tls` or `none`."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender_name: str
    sender: str


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside, typed. Make one with `load_settings`."""

    data: Path
    production: bool
    secret_key: str
    trail_key: bytes
    database_url: str
    files: Path
    search: str
    zone: ZoneInfo
    language: str
    host: str
    port: int
    embedded_worker: bool
    max_upload_bytes: int
    max_pixels: int
    read_seconds: int
    read_memory_bytes: int
    session_hours: int
    https: bool
    arrivals: Path | None = None
    """The watched folder."""
    url: str = ""
    """Address of the portal without a slash at its end; empty where it was not given."""
    mail: MailSettings | None = None
    """None: notices are in the inbox only."""

    @property
    def index(self) -> Path:
        """Folder of the search index; each engine has its own, so that moving to another keeps the first."""
        return self.data / ("index" if self.search == "whoosh" else f"index-{self.search}")

    @property
    def page_images(self) -> Path:
        """Folder of rendered page images: a cache, may be deleted."""
        return self.data / "page_images"

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.startswith("sqlite")


def variables() -> dict[str, tuple[str, str]]:
    """Every environment variable with its default and explanation (the admin guide is tested against it)."""
    return {item.metadata["variable"]: (str(item.default), item.metadata["explanation"]) for item in fields(_Raw)}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises SettingsError; makes the data folder and missing keys."""
    environment = os.environ if environment is None else environment
    unknown = sorted(
        name
        for name in environment
        if name.startswith("PORTAL_")
        and not name.startswith(("PORTAL_TEST_", "PORTAL_SAMPLES"))
        and name not in variables()
    )
    if unknown:
        raise SettingsError(f"Unknown setting {', '.join(unknown)}. See docs/admin-guide.md for the list.")
    raw = _Raw(**{item.name: environment.get(item.metadata["variable"], str(item.default)) for item in fields(_Raw)})
    data = Path(raw.data).resolve()
    production = _one_of("PORTAL_ENV", raw.env, ("development", "production")) == "production"
    if production and not raw.secret_key:
        raise SettingsError(
            "PORTAL_SECRET_KEY is not set. Production needs one: "
            "python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
    if raw.secret_key and len(raw.secret_key) < 32:
        raise SettingsError("PORTAL_SECRET_KEY is too short: at least 32 characters.")
    data.mkdir(parents=True, exist_ok=True, mode=0o750)
    return Settings(
        data=data,
        production=production,
        secret_key=raw.secret_key or _kept_key(data / "secret_key"),
        trail_key=(raw.trail_key or _kept_key(data / "trail_key")).encode(),
        database_url=_database_url(raw.database, data),
        files=Path(raw.files).resolve() if raw.files else data / "files",
        search=_search(raw.search, raw.database),
        zone=_zone(raw.timezone),
        language=_one_of("PORTAL_LANGUAGE", raw.language, LANGUAGES),
        host=raw.host,
        port=_number("PORTAL_PORT", raw.port, 1, 65535),
        embedded_worker=_one_of("PORTAL_WORKER", raw.worker, ("embedded", "external")) == "embedded",
        max_upload_bytes=_number("PORTAL_MAX_UPLOAD_MB", raw.max_upload_mb, 1, 10_000) * 2**20,
        max_pixels=_number("PORTAL_MAX_PIXELS", raw.max_pixels, 1_000_000, 2_000_000_000),
        read_seconds=_number("PORTAL_READ_SECONDS", raw.read_seconds, 5, 3600),
        read_memory_bytes=_number("PORTAL_READ_MEMORY_MB", raw.read_memory_mb, 1024, 65_536) * 2**20,
        session_hours=_number("PORTAL_SESSION_HOURS", raw.session_hours, 1, 720),
        https=_one_of("PORTAL_HTTPS", raw.https, ("yes", "no")) == "yes",
        arrivals=_watched_folder(raw.arrivals, data),
        url=_url(raw.url),
        mail=_mail(raw),
    )


def _one_of(variable: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingsError(f"{variable} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def _search(value: str, database: str) -> str:
    engine = _one_of("PORTAL_SEARCH", value, SEARCH_ENGINES)
    if engine == "postgres" and not database.startswith("postgresql"):
        raise SettingsError("PORTAL_SEARCH is 'postgres': PORTAL_DATABASE must name a PostgreSQL database too.")
    return engine


def _watched_folder(value: str, data: Path) -> Path | None:
    """Files are taken out of it: it must not be a place where the portal itself keeps some."""
    if not value:
        return None
    folder = Path(value).resolve()
    own = ("files", "index", "index-tantivy", "page_images")
    if folder == data or data.is_relative_to(folder) or any(folder.is_relative_to(data / name) for name in own):
        raise SettingsError("PORTAL_ARRIVALS is where the portal keeps its data; it must be a folder for scans only.")
    return folder


def _url(value: str) -> str:
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.username or not value.isascii() or not value.isprintable():
        raise SettingsError(f"PORTAL_URL is {value!r}; it must be an address such as https://legajo.company.example.")
    return value.rstrip("/")


def _mail(raw: _Raw) -> MailSettings | None:
    """How mail is sent: what a server needs is asked for at the start, not when the first mail fails."""
    security = _one_of("PORTAL_SMTP_STARTTLS", raw.smtp_starttls, ("starttls", "tls", "none"))
    port = _number("PORTAL_SMTP_PORT", raw.smtp_port, 1, 65535)
    if not raw.smtp_host:
        for name, value in (("USER", raw.smtp_user), ("PASSWORD", raw.smtp_password)):
            if value:
                raise SettingsError(f"PORTAL_SMTP_{name} is set, but PORTAL_SMTP_HOST is not.")
        return None
    if not raw.url:
        raise SettingsError("PORTAL_URL is not set. Mail needs it for its links: https://legajo.company.example.")
    if bool(raw.smtp_user) != bool(raw.smtp_password):
        raise SettingsError("PORTAL_SMTP_USER and PORTAL_SMTP_PASSWORD go together: set both or none.")
    if raw.smtp_user and security == "none":
        raise SettingsError("PORTAL_SMTP_STARTTLS is 'none': the password would be sent for anybody to read.")
    addresses = getaddresses([raw.mail_from])
    name, sender = addresses[0] if len(addresses) == 1 else ("", "")
    local, _, domain = sender.partition("@")
    if not (local and domain and sender.isascii() and raw.mail_from.isprintable()) or set(sender) & set(" <>,;"):
        raise SettingsError(
            f"PORTAL_MAIL_FROM is {raw.mail_from!r}; mail needs an address to come from: legajo@company.example."
        )
    return MailSettings(raw.smtp_host, port, security, raw.smtp_user, raw.smtp_password, name, sender)


def _number(variable: str, value: str, least: int, most: int) -> int:
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingsError(f"{variable} is {value!r}; it must be a whole number from {least} to {most}.")
    return int(value)


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"PORTAL_TIMEZONE is {value!r}; it must be an IANA name such as Europe/Madrid.") from None


def _database_url(value: str, data: Path) -> str:
    if not value:
        return f"sqlite:///{data / 'portal.db'}"
    try:
        url = make_url(value)
    except ArgumentError:
        raise SettingsError("PORTAL_DATABASE is not an SQLAlchemy URL.") from None
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise SettingsError("PORTAL_DATABASE must begin with sqlite:/// or postgresql+psycopg://.")
    return value


def _kept_key(path: Path) -> str:
    """The key in `path`, made once, readable by its owner only.

    It is written beside and then linked into place: whoever starts at the same moment sees the whole key or
    none, and a power cut leaves no empty one.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # Another process was first: its key counts.
            os.link(draft, path)
        draft.unlink()
    key = path.read_text().strip()
    if len(key) < 32:
        raise SettingsError(f"{path} holds no key of at least 32 characters. Put back the one from the backup.")
    return key
