"""Settings from the environment: what is refused, what is made once, what the defaults are."""

from __future__ import annotations

import dataclasses
import stat
import threading
from pathlib import Path

import pytest

from portal.config import Settings, SettingsError, load_settings, variables

SECRET = "s" * 32


def load(tmp_path: Path, **given: str) -> Settings:
    return load_settings({"PORTAL_DATA": str(tmp_path / "data"), **given})


def test_the_defaults_make_a_portal_on_this_machine_only(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8000, "en")
    assert settings.zone.key == "Asia/Shanghai"
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'portal.db'}"
    assert settings.uses_sqlite
    assert settings.embedded_worker
    assert not settings.production
    assert settings.max_upload_bytes == 200 * 1024 * 1024
    assert settings.files.parent == settings.index.parent == settings.page_images.parent == settings.data


MAIL = {
    "PORTAL_SMTP_HOST": "mail.company.example",
    "PORTAL_MAIL_FROM": "legajo@company.example",
    "PORTAL_URL": "https://legajo.company.example",
}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"PORTAL_MAIL_FROM": ""}, "PORTAL_MAIL_FROM"),
        ({"PORTAL_MAIL_FROM": "legajo"}, "PORTAL_MAIL_FROM"),
        ({"PORTAL_MAIL_FROM": "a@b.example, c@d.example"}, "PORTAL_MAIL_FROM"),
        ({"PORTAL_MAIL_FROM": "Legajo\r\nBcc: x@y.example <a@b.example>"}, "PORTAL_MAIL_FROM"),
        ({"PORTAL_MAIL_FROM": "档案@company.example"}, "PORTAL_MAIL_FROM"),
        ({"PORTAL_URL": ""}, "PORTAL_URL"),
        ({"PORTAL_URL": "legajo.company.example"}, "PORTAL_URL"),
        ({"PORTAL_URL": "ftp://legajo.company.example"}, "PORTAL_URL"),
        ({"PORTAL_URL": "https://legajo.company.example/?a=b"}, "PORTAL_URL"),
        ({"PORTAL_URL": "https://legajo.company.example:port"}, "PORTAL_URL"),
        ({"PORTAL_SMTP_PORT": "smtp"}, "PORTAL_SMTP_PORT"),
        ({"PORTAL_SMTP_STARTTLS": "yes"}, "PORTAL_SMTP_STARTTLS"),
        ({"PORTAL_SMTP_USER": "legajo"}, "PORTAL_SMTP_PASSWORD"),
        ({"PORTAL_SMTP_PASSWORD": "secret"}, "PORTAL_SMTP_USER"),
        (
            {"PORTAL_SMTP_USER": "legajo", "PORTAL_SMTP_PASSWORD": "secret", "PORTAL_SMTP_STARTTLS": "none"},
            "PORTAL_SMTP_STARTTLS",
        ),
        ({"PORTAL_SMTP_HOST": "", "PORTAL_SMTP_USER": "legajo"}, "PORTAL_SMTP_HOST"),
    ],
)
def test_what_mail_needs_is_asked_for_at_the_start(tmp_path: Path, changed: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load(tmp_path, **{**MAIL, **changed})


def test_without_a_mail_server_there_is_no_mail(tmp_path: Path) -> None:
    assert load(tmp_path).mail is None
    mail = load(tmp_path, **MAIL).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.security, mail.sender) == (
        "mail.company.example",
        587,
        "starttls",
        "legajo@company.example",
    )


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path).port = 9  # type: ignore[misc]


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, PATH="/bin", PORTALS="7", LEGAJO="x").port == 8000


@pytest.mark.parametrize("name", ["PORTAL_PROT", "PORTAL_", "PORTAL_SECRET"])
def test_an_unknown_variable_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*admin-guide"):
        load(tmp_path, **{name: "1"})
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORTAL_ENV", "prod"),
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "65536"),
        ("PORTAL_PORT", "http"),
        ("PORTAL_PORT", "-1"),
        ("PORTAL_PORT", "８０００"),
        ("PORTAL_PORT", ""),
        ("PORTAL_TIMEZONE", "Mars/Olympus"),
        ("PORTAL_TIMEZONE", ""),
        ("PORTAL_TIMEZONE", "../../etc/passwd"),
        ("PORTAL_TIMEZONE", "/etc/localtime"),
        ("PORTAL_LANGUAGE", "fr"),
        ("PORTAL_WORKER", "yes"),
        ("PORTAL_HTTPS", "true"),
        ("PORTAL_DATABASE", "not a url"),
        ("PORTAL_DATABASE", "mysql://localhost/x"),
        ("PORTAL_DATABASE", "postgresql://localhost/x"),
        ("PORTAL_MAX_UPLOAD_MB", "0"),
        ("PORTAL_MAX_UPLOAD_MB", "1.5"),
        ("PORTAL_MAX_PIXELS", "10"),
        ("PORTAL_READ_SECONDS", "1"),
        ("PORTAL_READ_MEMORY_MB", "10"),
        ("PORTAL_SESSION_HOURS", "0"),
        ("PORTAL_SECRET_KEY", "short"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_and_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load(tmp_path, **{variable: value})


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        PORTAL_ENV="production",
        PORTAL_SECRET_KEY=SECRET,
        PORTAL_TRAIL_KEY="t" * 32,
        PORTAL_DATABASE="postgresql+psycopg://legajo@db/legajo",
        PORTAL_TIMEZONE="Europe/Madrid",
        PORTAL_LANGUAGE="es",
        PORTAL_HOST="0.0.0.0",
        PORTAL_PORT="8080",
        PORTAL_WORKER="external",
        PORTAL_MAX_UPLOAD_MB="1",
        PORTAL_MAX_PIXELS="1000000",
        PORTAL_READ_SECONDS="5",
        PORTAL_READ_MEMORY_MB="1024",
        PORTAL_SESSION_HOURS="1",
        PORTAL_HTTPS="yes",
    )
    assert (settings.production, settings.secret_key, settings.trail_key) == (True, SECRET, b"t" * 32)
    assert settings.database_url == "postgresql+psycopg://legajo@db/legajo"
    assert not settings.uses_sqlite
    assert (settings.zone.key, settings.language, settings.host, settings.port) == (
        "Europe/Madrid",
        "es",
        "0.0.0.0",
        8080,
    )
    assert (settings.embedded_worker, settings.https) == (False, True)
    assert (settings.max_upload_bytes, settings.max_pixels) == (2**20, 1_000_000)
    assert (settings.read_seconds, settings.read_memory_bytes, settings.session_hours) == (5, 2**30, 1)
    assert not list(settings.data.iterdir())  # Both keys were given: none is made.


def test_production_needs_a_secret_key_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PORTAL_SECRET_KEY"):
        load(tmp_path, PORTAL_ENV="production")
    assert not (tmp_path / "data").exists()


def test_keys_are_made_once_readable_by_their_owner_only(tmp_path: Path) -> None:
    first = load(tmp_path)
    for name in ("secret_key", "trail_key"):
        assert stat.S_IMODE((first.data / name).stat().st_mode) == 0o600
    second = load(tmp_path)
    assert (second.secret_key, second.trail_key) == (first.secret_key, first.trail_key)
    assert first.secret_key != first.trail_key.decode()
    assert len(first.secret_key) >= 32


def test_two_houses_have_keys_of_their_own(tmp_path: Path) -> None:
    one, two = load(tmp_path / "one"), load(tmp_path / "two")
    assert one.secret_key != two.secret_key
    assert one.trail_key != two.trail_key


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Web process and worker are started at the same moment over an empty folder."""
    gate = threading.Barrier(8)
    keys: list[bytes] = []

    def start() -> None:
        gate.wait()
        keys.append(load(tmp_path).trail_key)

    for _ in range(20):
        keys.clear()
        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 8
        assert len(set(keys)) == 1
        assert keys[0]
        for name in ("secret_key", "trail_key"):
            (tmp_path / "data" / name).unlink()


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    """A power cut while the key was written: signing with nothing would let anybody in."""
    load(tmp_path)
    (tmp_path / "data" / "secret_key").write_text("")
    with pytest.raises(SettingsError, match="secret_key"):
        load(tmp_path)


def test_variables_lists_every_setting_with_a_default_and_an_explanation() -> None:
    for name, (default, explanation) in variables().items():
        assert name.startswith("PORTAL_")
        assert isinstance(default, str)
        assert explanation.strip()
