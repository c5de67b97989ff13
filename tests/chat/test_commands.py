"""Slash commands: what each does, what bad input says, and what completes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from chat2anyllm_desktop.chat.commands import Desk, Reply, Sending, complete, interpret
from chat2anyllm_desktop.chat.commands.desk import Theme
from chat2anyllm_desktop.chat.commands.registry import commands
from chat2anyllm_desktop.core.errors import InputError, UnknownCommandError
from chat2anyllm_desktop.core.models import Model, PlanModels, Role, Session, Template, new_id, utc_now


def role(name: str) -> Role:
    return Role(id=new_id(), name=name, instructions="Be one.", created_at=utc_now(), updated_at=utc_now())


MODELS = [
    Model(name="gpt-5", provider="openai", max_input_tokens=400_000),
    Model(name="gpt-5-mini", provider="openai"),
    Model(name="GPT 4", provider="azure"),
    Model(name="claude-sonnet", provider="anthropic"),
    Model(name="weird_*name*", provider=""),
]


class RecordingDesk:
    """A desk of plain values; ``wishes`` is what the commands wanted, in order."""

    def __init__(self) -> None:
        self.listed_models: list[Model] = list(MODELS)
        self.listed_roles = [role("Architect"), role("Code Reviewer"), role("Reviewer")]
        self.active_role: Role | None = None
        self.plan: PlanModels | None = None
        self.listed_templates: list[Template] = []
        self.listed_sessions: list[Session] = []
        self.wishes: list[tuple[object, ...]] = []

    def models(self) -> Sequence[Model]:
        return self.listed_models

    def roles(self) -> Sequence[Role]:
        return self.listed_roles

    def templates(self) -> Sequence[Template]:
        return self.listed_templates

    def sessions(self) -> Sequence[Session]:
        return self.listed_sessions

    def session(self) -> Session | None:
        return self.listed_sessions[0] if self.listed_sessions else None

    def model(self) -> Model | None:
        return MODELS[1]

    def role(self) -> Role | None:
        return self.active_role

    def plan_models(self) -> PlanModels | None:
        return self.plan

    def select_model(self, model: Model) -> None:
        self.wishes.append(("model", model.name))

    def select_role(self, role: Role | None) -> None:
        self.wishes.append(("role", role.name if role else None))

    def set_plan_models(self, plan: PlanModels | None) -> None:
        self.wishes.append(("plan", plan.planning, plan.answering) if plan else ("plan off",))

    def set_plan_review(self, on: bool) -> None:
        self.wishes.append(("review", on))

    def new_session(self) -> None:
        self.wishes.append(("new",))

    def open_session(self, session: Session) -> None:
        self.wishes.append(("open", session.id))

    def rename_session(self, title: str) -> None:
        self.wishes.append(("rename", title))

    def retry_answer(self) -> None:
        self.wishes.append(("retry",))

    def continue_answer(self) -> None:
        self.wishes.append(("continue",))

    def stop_answer(self) -> None:
        self.wishes.append(("stop",))

    def copy_answer(self) -> None:
        self.wishes.append(("copy",))

    def set_theme(self, theme: Theme) -> None:
        self.wishes.append(("theme", theme))

    def open_templates(self) -> None:
        self.wishes.append(("templates",))

    def open_settings(self) -> None:
        self.wishes.append(("settings",))

    def quit(self) -> None:
        self.wishes.append(("quit",))


@pytest.fixture
def desk() -> RecordingDesk:
    made = RecordingDesk()
    protocol: Desk = made
    assert protocol is made
    return made


def reply(text: str, desk: RecordingDesk) -> str:
    outcome = interpret(text, desk)
    assert isinstance(outcome, Reply)
    return outcome.markdown


# Running ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("/clear", ("new",)),
        ("/new", ("new",)),
        ("/NEW  ", ("new",)),
        ("/rename Plans for 'May' and June", ("rename", "Plans for 'May' and June")),
        ('/rename "Quoted title"', ("rename", "Quoted title")),
        ("/retry", ("retry",)),
        ("/continue", ("continue",)),
        ("/stop", ("stop",)),
        ("/copy", ("copy",)),
        ("/model gpt-5", ("model", "gpt-5")),
        ("/model GPT-5", ("model", "gpt-5")),
        ("/model GPT 4", ("model", "GPT 4")),
        ("/model  'GPT 4' ", ("model", "GPT 4")),
        ("/model “GPT 4”", ("model", "GPT 4")),
        ("/model cl", ("model", "claude-sonnet")),
        ("/model sonnet", ("model", "claude-sonnet")),
        ("/role reviewer", ("role", "Reviewer")),
        ("/role code", ("role", "Code Reviewer")),
        ("/role Code Reviewer", ("role", "Code Reviewer")),
        ("/model:plan-mode gpt-5 claude-sonnet", ("plan", "gpt-5", "claude-sonnet")),
        ('/model:plan-mode "GPT 4" mini', ("plan", "GPT 4", "gpt-5-mini")),
        ("/model:plan-mode mini GPT 4", ("plan", "gpt-5-mini", "GPT 4")),
        ("/plan-review on", ("review", True)),
        ("/plan-review OFF", ("review", False)),
        ("/theme dark", ("theme", "dark")),
        ("/settings", ("settings",)),
        ("/commands", ("templates",)),
        ("/quit", ("quit",)),
    ],
)
def test_command(text: str, wish: tuple[object, ...], desk: RecordingDesk) -> None:
    reply(text, desk)
    assert desk.wishes == [wish]


def test_clearing_the_role(desk: RecordingDesk) -> None:
    assert reply("/clear_role", desk) == "No role is active."
    assert desk.wishes == []
    desk.active_role = desk.listed_roles[0]
    reply("/clear_role", desk)
    assert desk.wishes == [("role", None)]


def test_leaving_plan_mode(desk: RecordingDesk) -> None:
    assert reply("/model:plan-mode-off", desk) == "Plan mode is not on."
    desk.plan = PlanModels(planning="a", answering="b")
    assert reply("/model:plan-mode-off", desk) == "Plan mode is off."
    assert desk.wishes == [("plan off",)]


def test_lists(desk: RecordingDesk) -> None:
    listed = reply("/models", desk)
    assert "**5 models**" in listed
    assert "- gpt-5 (openai, 400,000 tokens)" in listed
    assert "- gpt-5-mini (openai) **current**" in listed
    assert r"- weird\_\*name\*" in listed
    desk.active_role = desk.listed_roles[2]
    assert "- Reviewer (active)" in reply("/roles", desk)
    desk.listed_roles = []
    desk.listed_models = []
    assert reply("/roles", desk) == "No roles have been made yet."
    assert "not been reached" in reply("/models", desk)


def test_help_lists_every_command_and_describes_one(desk: RecordingDesk) -> None:
    listed = reply("/help", desk)
    for each in commands():
        assert f"- `{each.usage}`: {each.summary}" in listed
        assert each.summary.endswith(".")
    for asked in ("/help model:plan-mode", "/help /model:plan-mode"):
        described = reply(asked, desk)
        assert described.startswith("`/model:plan-mode <planning_model> <answering_model>`")
        assert "checklist" in described
    assert "`/theme light|dark|system`" in listed
    assert "`/help [command]`" in listed


# Text that is no command -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("hello", "hello"),
        ("", ""),
        ("a /clear b", "a /clear b"),
        (" /clear", " /clear"),
        ("//clear", "/clear"),
        ("//", "/"),
        ("///", "//"),
        ("//etc/hosts is a file", "/etc/hosts is a file"),
        ("x" * 1_000_000, "x" * 1_000_000),
    ],
)
def test_sending(text: str, sent: str, desk: RecordingDesk) -> None:
    assert interpret(text, desk) == Sending(sent)
    assert desk.wishes == []


# Bad input -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/modle gpt-5", ["no command /modle", "nothing was sent", "Did you mean /model?"]),
        ("/model:planmode a b", ["Did you mean /model:plan-mode?"]),
        ("/xyzzy", ["no command /xyzzy", "/help lists them", "//"]),
        ("/etc/hosts is a file", ["no command /etc/hosts", "begin it with //"]),
        ("/* comment */", ["no command /*"]),
        ("/", ["/help"]),
        ("/ model", ["/help"]),
        ("/" + "y" * 100_000, ["yyy…"]),
    ],
)
def test_unknown_commands_name_the_nearest(text: str, words: list[str], desk: RecordingDesk) -> None:
    with pytest.raises(UnknownCommandError) as caught:
        interpret(text, desk)
    assert all(word in str(caught.value) for word in words)
    assert len(str(caught.value)) < 300
    assert desk.wishes == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/clear everything", ["/clear takes no arguments"]),
        ("/model", ["needs a name", "Usage: /model <name>"]),
        ("/model   ", ["Usage: /model <name>"]),
        ('/model ""', ["no model “”"]),
        ("/model gpt", ["“gpt” fits several models: gpt-5, gpt-5-mini and GPT 4."]),
        ("/model gtp-5", ["no model “gtp-5”", "Did you mean gpt-5"]),
        ("/model nothing-like-it-at-all", ["no model “nothing-like-it-at-all”."]),
        ("/role revewer", ["no role “revewer”", "Did you mean Reviewer"]),
        ("/role", ["Usage: /role <name>"]),
        ("/rename", ["needs a title", "Usage: /rename <title>"]),
        ("/model:plan-mode", ["needs a planning model and an answering model", "Usage:"]),
        ("/model:plan-mode gpt-5", ["needs an answering model"]),
        ('/model:plan-mode "gpt-5', ["needs an answering model"]),
        ("/model:plan-mode GPT 4 mini", ["“GPT” fits several models"]),
        ("/theme blue", ["“blue” is none of light, dark, system", "Usage: /theme light|dark|system"]),
        ("/theme dark extra", ["none of light, dark, system"]),
        ("/plan-review", ["needs a switch"]),
        ("/help modle", ["Did you mean /model?"]),
        ("/quit now", ["takes no arguments"]),
    ],
)
def test_wrong_arguments(text: str, words: list[str], desk: RecordingDesk) -> None:
    with pytest.raises(InputError) as caught:
        interpret(text, desk)
    assert [word for word in words if word not in str(caught.value)] == []
    assert desk.wishes == []


def test_names_without_lists(desk: RecordingDesk) -> None:
    desk.listed_models = []
    desk.listed_roles = []
    with pytest.raises(InputError, match="No models are known yet"):
        interpret("/model x", desk)
    with pytest.raises(InputError, match="no roles have been made yet"):
        interpret("/role x", desk)


def test_a_wildcard_of_the_gateway_takes_names_that_are_not_listed(desk: RecordingDesk) -> None:
    desk.listed_models = [*MODELS, Model(name="openai/*", provider="openai")]
    reply("/model openai/gpt-9", desk)
    assert desk.wishes == [("model", "openai/gpt-9")]


# Completion -------------------------------------------------------------------------------------------------------------
def offers(text: str, desk: RecordingDesk, cursor: int | None = None) -> list[str]:
    found = complete(text, len(text) if cursor is None else cursor, desk)
    return [each.label for each in found.items]


def completed(text: str, desk: RecordingDesk, cursor: int | None = None) -> str:
    """The text after taking the first offer."""
    found = complete(text, len(text) if cursor is None else cursor, desk)
    return text[: found.start] + found.items[0].text + text[found.end :]


def test_a_slash_offers_every_command_in_groups(desk: RecordingDesk) -> None:
    found = complete("/", 1, desk)
    assert sorted(each.label for each in found.items) == sorted(f"/{each.name}" for each in commands())
    groups = [each.group for each in found.items]
    assert len([1 for a, b in pairwise(groups) if a != b]) == len(set(groups)) - 1
    assert all(each.hint for each in found.items)


@pytest.mark.parametrize(
    "name", ["o'brien model", 'say "hi" m', 'both "a" it\'s', "“q” x", "日本 模型", "😀 face"]
)
def test_a_name_in_front_of_another_is_quoted_so_that_it_is_read_again(
    name: str, desk: RecordingDesk
) -> None:
    desk.listed_models = [Model(name=name, provider=""), Model(name="other", provider="")]
    text = completed("/model:plan-mode ", desk)
    reply(f"{text}other", desk)
    assert desk.wishes == [("plan", name, "other")]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("/ren", "/rename "),
        ("/qu", "/quit"),
        ("/mod", "/model "),
        ("/pm", "/model:plan-mode "),
        ("/CLE", "/clear"),
        ("/role rev", "/role Reviewer"),
        ("/role code r", "/role Code Reviewer"),
        ("/model ", "/model gpt-5"),
        ("/model son", "/model claude-sonnet"),
        ("/model gpt 4", "/model GPT 4"),
        ("/model:plan-mode gpt-5-m", "/model:plan-mode gpt-5-mini "),
        ("/model:plan-mode gpt4", '/model:plan-mode "GPT 4" '),
        ('/model:plan-mode "gpt 4', '/model:plan-mode "GPT 4" '),
        ('/model:plan-mode "GPT 4" cla', '/model:plan-mode "GPT 4" claude-sonnet'),
        ("/model:plan-mode gpt-5 GPT 4", "/model:plan-mode gpt-5 GPT 4"),
        ("/theme d", "/theme dark"),
        ("/plan-review ", "/plan-review on"),
        ("/help mod", "/help model"),
    ],
)
def test_taking_the_first_offer(text: str, result: str, desk: RecordingDesk) -> None:
    assert completed(text, desk) == result
    interpretable = result.rstrip()
    if not result.endswith(" "):
        desk.active_role = None
        assert isinstance(interpret(interpretable, desk), Reply)


def test_the_second_model_is_offered_after_the_first(desk: RecordingDesk) -> None:
    assert offers("/model:plan-mode gpt-5 ", desk) == [each.name for each in MODELS]


def test_the_whole_word_under_the_cursor_is_replaced(desk: RecordingDesk) -> None:
    assert completed("/mo gpt-5", desk, cursor=3) == "/model gpt-5"
    assert completed("/model:plan-mode clxx gpt-5", desk, cursor=19) == "/model:plan-mode claude-sonnet gpt-5"
    assert completed("/theme dxx", desk, cursor=8) == "/theme dark"


def test_matched_letters_are_marked(desk: RecordingDesk) -> None:
    (best, *_) = complete("/pm", 3, desk).items
    assert [best.label[position] for position in best.positions] == ["p", "m"]


@pytest.mark.parametrize(
    "text", ["", "hello", "//cl", " /cl", "/xyzzy a", "/clear ", "/rename ti", "/model zzzzz", "/qqq"]
)
def test_nothing_to_offer(text: str, desk: RecordingDesk) -> None:
    assert offers(text, desk) == []


def test_cursor_anywhere_is_harmless(desk: RecordingDesk) -> None:
    for text in ('/model:plan-mode "GPT 4" cla', "/model 'x' y", "/", "/model  ", "/theme “da”"):
        for cursor in range(-1, len(text) + 2):
            found = complete(text, cursor, desk)
            assert found.items == () or 0 <= found.start <= cursor <= found.end <= len(text)


def test_many_models_are_capped(desk: RecordingDesk) -> None:
    desk.listed_models = [replace(MODELS[0], name=f"model-{number}") for number in range(10_000)]
    found = complete("/model 99", 9, desk)
    assert len(found.items) == 50
    assert all("99" in each.label for each in found.items)
