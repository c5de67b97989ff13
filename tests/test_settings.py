from __future__ import annotations

import os
import stat
import sys
import tomllib
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.settings import TABLE, Secret, Settings, Source, load_settings, save_settings

Write = Callable[[str], Path]
KEY = "sk-very-secret-1234"
DATABASE = "postgresql://ann:p%40ss@db.example:5433/chat"


def test_without_anything_the_defaults_hold(home: Path) -> None:
    loaded = load_settings({})
    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {Source.DEFAULT}
    assert loaded.problems == ()
    assert not home.exists(), "reading must not create anything"


def test_environment_beats_file_beats_default(write_settings: Write) -> None:
    write_settings('gateway_url = "http://file:1"\ntheme = "dark"\n')
    loaded = load_settings({"LITELLM_BASE_URL": "http://environment:2/"})
    assert loaded.settings.gateway_url == "http://environment:2"
    assert loaded.sources["gateway_url"] is Source.ENVIRONMENT
    assert loaded.variables["gateway_url"] == "LITELLM_BASE_URL"
    assert (loaded.settings.theme, loaded.sources["theme"]) == ("dark", Source.FILE)
    assert (loaded.settings.send_key, loaded.sources["send_key"]) == ("enter", Source.DEFAULT)


def test_the_names_of_the_web_edition_work_too() -> None:
    loaded = load_settings(
        {"LITELLM_ENDPOINT": "http://x:4000", "DATABASE_URL": DATABASE, "LITELLM_API_KEY": KEY}
    )
    assert loaded.settings.gateway_url == "http://x:4000"
    assert loaded.settings.gateway_key.reveal() == KEY
    assert loaded.settings.database_url.reveal() == DATABASE


def test_our_own_variable_comes_first_and_empty_ones_count_as_unset() -> None:
    environment = {
        "CHAT2ANYLLM_GATEWAY_URL": "http://own",
        "LITELLM_BASE_URL": "http://other",
        "CHAT2ANYLLM_THEME": "",
    }
    loaded = load_settings(environment)
    assert loaded.settings.gateway_url == "http://own"
    assert loaded.sources["theme"] is Source.DEFAULT


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('gateway_url = "localhost:4000"', "must be an address that begins with http:// or https://"),
        ('gateway_url = "http://"', "must be an address"),
        ('gateway_url = "http://host:port"', "must be an address"),
        ('gateway_url = "http://ho st"', "must be an address"),
        ('database_url = "mysql://h/d"', "postgresql:// or postgres://"),
        ("theme = 5", "must be one of: system, light, dark"),
        ('theme = "pink"', "must be one of: system, light, dark"),
        ("text_scale_percent = 79", "must be a whole number from 80 to 200"),
        ("text_scale_percent = true", "must be a whole number from 80 to 200"),
        ("text_scale_percent = 90.5", "must be a whole number from 80 to 200"),
        ("stall_timeout_s = nan", "must be a number of seconds from 1 to 3600"),
        ('review_plans = "perhaps"', "must be true or false"),
        ("default_model = 5", "must be a text in quotes"),
        ("ca_file = [1]", "must be a text in quotes"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_the_default_holds(
    write_settings: Write, line: str, words: str
) -> None:
    file = write_settings(f'# mine\n\n{line}\nlog_level = "debug"\n')
    before = file.read_text()
    loaded = load_settings({})
    (problem,) = loaded.problems
    assert "line 3" in problem
    assert words in problem
    assert loaded.settings == replace(Settings(), log_level="debug")
    assert file.read_text() == before


def test_a_wrong_variable_gives_way_to_the_next_source(write_settings: Write) -> None:
    write_settings("text_scale_percent = 120")
    loaded = load_settings({"CHAT2ANYLLM_TEXT_SCALE_PERCENT": "huge", "LITELLM_BASE_URL": "no address"})
    assert loaded.settings.text_scale_percent == 120
    assert loaded.sources["text_scale_percent"] is Source.FILE
    assert [problem.split()[3] for problem in loaded.problems] == [
        "LITELLM_BASE_URL",
        "CHAT2ANYLLM_TEXT_SCALE_PERCENT",
    ]


def test_of_a_corrupt_file_the_good_lines_are_used(write_settings: Write) -> None:
    file = write_settings('theme = "dark"\n<<<<<<< mine\ntext_scale_percent = 150\nsend_key = "ctrl_en\n')
    loaded = load_settings({})
    assert (loaded.settings.theme, loaded.settings.text_scale_percent, loaded.settings.send_key) == (
        "dark",
        150,
        "enter",
    )
    assert ["line 2" in loaded.problems[0], "line 4" in loaded.problems[1]] == [True, True]
    assert [path.name for path in file.parent.iterdir()] == ["settings.toml"], "nothing is moved by reading"


def test_a_file_that_is_no_text_at_all_does_not_stop_the_start(write_settings: Write) -> None:
    file = write_settings("")
    file.write_bytes(os.urandom(5000) + b'\ntheme = "dark"\n')
    loaded = load_settings({})
    assert loaded.settings.theme == "dark"
    assert 1 <= len(loaded.problems) <= 6


@given(raw=st.binary(max_size=300))
def test_reading_never_raises(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(raw)
    assert isinstance(load_settings({}, file).settings, Settings)


def test_a_folder_in_place_of_the_file_is_a_problem_and_no_fault(home: Path) -> None:
    (home / "config" / "settings.toml").mkdir(parents=True)
    (problem,) = load_settings({}).problems
    assert "cannot be read" in problem


def test_a_misspelt_setting_is_pointed_out_and_an_unknown_one_is_not(write_settings: Write) -> None:
    write_settings('them = "dark"\nfrom_a_newer_version = 1\n')
    (problem,) = load_settings({}).problems
    assert "line 1: there is no setting them; did you mean theme?" in problem


def test_a_secret_in_the_file_is_used_and_objected_to(write_settings: Write) -> None:
    write_settings(f'gateway_key = "{KEY}"\ndatabase_url = "{DATABASE}"\n')
    loaded = load_settings({})
    assert loaded.settings.gateway_key.reveal() == KEY
    assert ["line 1" in loaded.problems[0], "line 2" in loaded.problems[1]] == [True, True]
    assert KEY not in "".join(loaded.problems)
    assert "p%40ss" not in "".join(loaded.problems)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///chat",
        "postgresql://ann@/chat?host=/var/run/postgresql",
        "postgres://one:5432,two:5433/chat?target_session_attrs=read-write",
        "postgresql://[::1]:5433/chat",
    ],
)
def test_databases_on_a_socket_and_on_several_hosts(url: str) -> None:
    loaded = load_settings({"DATABASE_URL": url})
    assert loaded.settings.database_url.reveal() == url
    assert str(loaded.settings.database_url) == url
    assert loaded.problems == ()


@pytest.mark.parametrize(
    "password", ["hid#den", "hid/den", "hid?den", "12/hidden", "12?hidden", "hid[den", "h:idden@x/y"]
)
def test_a_database_url_that_cannot_be_read_is_neither_left_out_nor_shown(home: Path, password: str) -> None:
    """Without it another history would be used than the user asked for: using it tells what is wrong."""
    url = f"postgresql://ann:{password}@db/chat"
    loaded = load_settings({"DATABASE_URL": url})
    assert loaded.settings.database_url.reveal() == url
    assert "den" not in f"{loaded}{loaded.settings}"
    assert loaded.secret_values() == [url]
    assert loaded.missing_secrets() == ["gateway_key"]
    save_settings(loaded, {"database_url": str(loaded.settings.database_url), "theme": "dark"})
    with pytest.raises(SettingsError, match="%23 for #"):
        save_settings(load_settings({}), {"database_url": url})
    assert tomllib.loads(loaded.file.read_text()) == {"theme": "dark"}


def test_a_password_in_an_address_that_the_file_would_hold_is_refused(home: Path) -> None:
    url = "https://ann:hidden@gateway.example"
    loaded = load_settings({"LITELLM_BASE_URL": url})
    assert loaded.settings.gateway_url == url
    assert loaded.secret_values() == ["hidden"]
    save_settings(loaded, {"gateway_url": url, "theme": "dark"})
    with pytest.raises(SettingsError, match="must not hold a password") as caught:
        save_settings(load_settings({}), {"gateway_url": url})
    assert "hidden" not in str(caught.value)
    assert "hidden" not in loaded.file.read_text()


def test_saving_keeps_comments_order_and_unknown_keys(write_settings: Write) -> None:
    file = write_settings('# my file\nfuture = { a = 1 }\n\ntheme = "dark"  # at night\n')
    save_settings(
        load_settings({}), {"theme": "light", "text_scale_percent": 150, "ca_file": Path("/certificates")}
    )
    text = file.read_text()
    assert text.startswith('# my file\nfuture = { a = 1 }\n\ntheme = "light"  # at night\n')
    assert tomllib.loads(text)["ca_file"] == str(Path("/certificates"))
    assert load_settings({}).settings.text_scale_percent == 150


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no permission bits; the folder is private there"
)
def test_the_file_is_readable_by_its_owner_only(home: Path) -> None:
    loaded = load_settings({})
    save_settings(loaded, {"theme": "dark"})
    assert stat.S_IMODE(loaded.file.stat().st_mode) == 0o600
    assert [path.name for path in loaded.file.parent.iterdir()] == ["settings.toml"], (
        "no temporary file stays"
    )


def test_a_default_removes_its_line(write_settings: Write) -> None:
    file = write_settings('theme = "dark"\nsend_key = "ctrl_enter"\n')
    save_settings(load_settings({}), {"theme": "system"})
    assert tomllib.loads(file.read_text()) == {"send_key": "ctrl_enter"}


def test_secrets_are_handed_back_and_not_written(home: Path) -> None:
    loaded = load_settings({})
    secrets = save_settings(loaded, {"gateway_key": KEY, "database_url": DATABASE, "gateway_url": "http://g"})
    assert secrets == {"gateway_key": KEY, "database_url": "p@ss"}
    text = loaded.file.read_text()
    assert tomllib.loads(text) == {
        "gateway_url": "http://g",
        "database_url": "postgresql://ann@db.example:5433/chat",
    }


def test_with_the_keychains_secrets_the_settings_are_whole_again(home: Path) -> None:
    secrets = save_settings(load_settings({}), {"gateway_key": KEY, "database_url": DATABASE})
    loaded = load_settings({})
    assert loaded.missing_secrets() == ["gateway_key", "database_url"]
    whole = loaded.with_secrets(secrets)
    assert whole.settings.gateway_key.reveal() == KEY
    assert whole.settings.database_url.reveal() == DATABASE
    assert whole.sources["gateway_key"] is Source.KEYCHAIN
    assert whole.missing_secrets() == []
    assert sorted(whole.secret_values()) == ["p@ss", KEY]


def test_the_keychain_is_not_asked_for_what_the_environment_says() -> None:
    loaded = load_settings({"LITELLM_API_KEY": KEY, "DATABASE_URL": "postgresql://ann@db/chat"})
    assert loaded.missing_secrets() == []


def test_a_masked_secret_that_comes_back_means_no_change(home: Path) -> None:
    stored = save_settings(load_settings({}), {"gateway_key": KEY, "database_url": DATABASE})
    loaded = load_settings({}).with_secrets(stored)
    shown = {
        "gateway_key": str(loaded.settings.gateway_key),
        "database_url": str(loaded.settings.database_url),
    }
    assert "p@ss" not in shown["database_url"]
    moved = {**shown, "database_url": shown["database_url"].replace("db.example", "new.example")}
    assert save_settings(loaded, moved) == stored
    assert "new.example" in loaded.file.read_text()


def test_an_emptied_secret_is_to_be_forgotten(home: Path) -> None:
    loaded = load_settings({}).with_secrets({"gateway_key": KEY})
    assert save_settings(loaded, {"gateway_key": ""}) == {"gateway_key": ""}


def test_values_of_the_environment_are_not_written(home: Path) -> None:
    environment = {"LITELLM_BASE_URL": "http://environment", "LITELLM_API_KEY": KEY, "DATABASE_URL": DATABASE}
    loaded = load_settings(environment)
    everything = {row.name: getattr(loaded.settings, row.name) for row in TABLE.values()}
    assert save_settings(loaded, {**everything, "theme": "dark"}) == {"proxy_url": ""}
    assert tomllib.loads(loaded.file.read_text()) == {"theme": "dark"}


def test_a_corrupt_file_is_kept_aside_when_something_is_written(write_settings: Write) -> None:
    bad = 'theme = "dark"\n]broken[\ngateway_key = "sk-in-the-file"\n'
    file = write_settings(bad)
    save_settings(load_settings({}), {"text_scale_percent": 110})
    kept = [path for path in file.parent.iterdir() if path.name.startswith("settings.toml.bad-")]
    assert [path.read_text() for path in kept] == [bad]
    assert tomllib.loads(file.read_text()) == {"theme": "dark", "text_scale_percent": 110}


def test_a_value_that_cannot_be_used_is_refused_before_anything_is_written(home: Path) -> None:
    loaded = load_settings({})
    with pytest.raises(SettingsError, match="text_scale_percent must be a whole number from 80 to 200"):
        save_settings(loaded, {"theme": "dark", "text_scale_percent": 900})
    assert not loaded.file.exists()


def test_a_place_that_cannot_be_written_is_told(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the folder should be")
    with pytest.raises(SettingsError, match="could not be saved"):
        save_settings(load_settings({}), {"theme": "dark"})


def test_settings_do_not_change_and_every_row_says_what_the_user_sees() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().theme = "dark"  # type: ignore[misc]
    assert [field.name for field in fields(Settings)] == list(TABLE)
    for row in TABLE.values():
        assert row.sentence.endswith(".")
        assert row.variables[0] == f"CHAT2ANYLLM_{row.name.upper()}"
        assert row.default == getattr(Settings(), row.name)


def test_a_secret_shows_itself_nowhere() -> None:
    settings = load_settings({"LITELLM_API_KEY": KEY, "DATABASE_URL": DATABASE}).settings
    shown = (
        f"{settings} {settings!r} {settings.gateway_key} {settings.gateway_key!r} {settings.database_url} %s"
    )
    shown %= settings.gateway_key
    assert KEY not in shown
    assert "p%40ss" not in shown
    assert "ann:••••@db.example:5433/chat" in shown
    assert not Secret()
    assert Secret("a") != "a"


OWN_KEYS = """theme = "dark"

# mine
[keys]
new_session = ["Ctrl+T", "F9"]  # as in browsers
stop = []
of_a_newer_version = 5
"""


def test_own_keys_are_read_as_they_are_written(write_settings: Write) -> None:
    write_settings(OWN_KEYS)
    loaded = load_settings({})
    assert loaded.problems == ()
    assert dict(loaded.settings.keys) == {
        "new_session": ("Ctrl+T", "F9"),
        "stop": (),
        "of_a_newer_version": ("5",),
    }
    environment = load_settings({"CHAT2ANYLLM_KEYS": '{ quit = "F12" }'})
    assert environment.settings.keys == (("quit", ("F12",)),)
    assert environment.sources["keys"] is Source.ENVIRONMENT


@pytest.mark.parametrize("text", ["keys = 5\n", 'keys = ["Ctrl+T"]\n'])
def test_keys_that_are_no_table_are_told(write_settings: Write, text: str) -> None:
    write_settings(text)
    loaded = load_settings({})
    assert loaded.settings.keys == ()
    assert "line 1: keys must be a table" in loaded.problems[0]
    save_settings(loaded, {"keys": (("quit", ("F12",)),)})
    assert load_settings({}).settings.keys == (("quit", ("F12",)),)


def test_of_own_keys_only_what_was_changed_is_written(write_settings: Write) -> None:
    file = write_settings(OWN_KEYS)
    loaded = load_settings({})
    own = dict(loaded.settings.keys)
    save_settings(
        loaded, {"keys": tuple({**own, "stop": ("F8",), "find": ("F7",)}.items()), "local_threads": 2}
    )
    written = file.read_text()
    assert tomllib.loads(written) == {
        "theme": "dark",
        "local_threads": 2,
        "keys": {
            "new_session": ["Ctrl+T", "F9"],
            "stop": ["F8"],
            "of_a_newer_version": 5,
            "find": ["F7"],
        },
    }
    assert "# as in browsers" in written

    loaded = load_settings({})
    save_settings(loaded, {"keys": (("of_a_newer_version", ("5",)),)})
    assert tomllib.loads(file.read_text())["keys"] == {"of_a_newer_version": 5}
    save_settings(load_settings({}), {"keys": ()})
    assert tomllib.loads(file.read_text()) == {"theme": "dark", "local_threads": 2}


def test_a_setting_below_the_heading_of_the_keys_is_told(write_settings: Write) -> None:
    write_settings('[keys]\nquit = ["F12"]\ntheme = "dark"\nreview_plans = ["F7"]\n')
    loaded = load_settings({})
    assert loaded.settings.theme == "system"
    (problem,) = loaded.problems
    assert "line 1: theme stands below [keys]" in problem


def test_own_keys_survive_a_broken_file(write_settings: Write) -> None:
    file = write_settings('theme = "dark"\n]broken[\n[keys]\nquit = ["F12"]\nstop = [\nfind = ["F7"]\n')
    loaded = load_settings({})
    assert dict(loaded.settings.keys) == {"quit": ("F12",), "find": ("F7",)}
    save_settings(loaded, {"keys": tuple({**dict(loaded.settings.keys), "find": ("F8",)}.items())})
    assert tomllib.loads(file.read_text()) == {"theme": "dark", "keys": {"quit": ["F12"], "find": ["F8"]}}
