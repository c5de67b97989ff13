"""Prompt templates as slash commands; what is foretold of every command while it is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.chat.commands import (
    Foretold,
    Layout,
    Sending,
    complete,
    foretell,
    interpret,
    lay_out,
    refuse_taken,
)
from chat2anyllm_desktop.chat.commands.registry import commands
from chat2anyllm_desktop.core.errors import InputError, UnknownCommandError
from chat2anyllm_desktop.core.models import PlanModels, Session, Template, new_id, utc_now
from chat2anyllm_desktop.core.templates import Variable, parse
from tests.chat.test_commands import RecordingDesk, completed, offers, reply


def template(name: str, text: str) -> Template:
    return Template(id=new_id(), name=name, text=text, created_at=utc_now(), updated_at=utc_now())


@pytest.fixture
def desk() -> RecordingDesk:
    made = RecordingDesk()
    made.listed_templates = [
        template("review", "Review {lang=Python} code:\n{code}"),
        template("standup", "Write the stand-up *notes*."),
        template("tone", "In a {tone:kind|plain} tone: {text}"),
        template("model", "Never reached"),
    ]
    return made


# Running -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("/standup", "Write the stand-up *notes*."),
        ("/STANDUP ", "Write the stand-up *notes*."),
        ("/review Rust fn main() {}", "Review Rust code:\nfn main() {}"),
        ('/review "C++ 20" a\nb "c" {lang}', 'Review C++ 20 code:\na\nb "c" {lang}'),
        ("/tone warm hello", "In a warm tone: hello"),
    ],
)
def test_a_template_is_sent_with_its_arguments(text: str, sent: str, desk: RecordingDesk) -> None:
    assert interpret(text, desk) == Sending(sent)
    assert lay_out(text, desk) is None
    assert desk.wishes == []


def test_what_is_missing_is_laid_out_and_never_sent(desk: RecordingDesk) -> None:
    parts = tuple(parse(desk.listed_templates[0].text))
    assert lay_out("/review", desk) == Layout(parts, {})
    assert lay_out("/review 'C++ 20' ", desk) == Layout(parts, {"lang": "C++ 20"})
    with pytest.raises(InputError, match=r"/review needs <code>. Usage: /review \[lang\] <code>"):
        interpret("/review C", desk)
    with pytest.raises(InputError, match="/standup takes no arguments"):
        interpret("/standup now", desk)
    assert lay_out("/standup", desk) is None
    assert lay_out("/standup", desk, always=True) == Layout(("Write the stand-up *notes*.",), {})
    for text in ("/standup now", "/model", "/nothing", "review", "//review", ""):
        assert lay_out(text, desk, always=True) is None


def test_a_command_of_the_program_goes_before_a_template(desk: RecordingDesk) -> None:
    reply("/model gpt-5", desk)
    assert desk.wishes == [("model", "gpt-5")]
    for each in commands():
        with pytest.raises(
            InputError, match=f"/{each.name} is a command of the program. Choose another name."
        ):
            refuse_taken(each.name)
    refuse_taken("review")


def test_help_lists_templates_and_shows_one_as_it_is(desk: RecordingDesk) -> None:
    listed = reply("/help", desk)
    assert "**Prompt templates**\n\n- `/review [lang] <code>`: Review {lang=Python} code:" in listed
    assert r"- `/standup`: Write the stand-up \*notes\*." in listed
    assert "Never reached" not in listed
    assert reply("/help review", desk) == (
        "`/review [lang] <code>`\n\n> Review {lang=Python} code:  \n> {code}  "
    )


def test_a_wrong_name_may_mean_a_template(desk: RecordingDesk) -> None:
    with pytest.raises(
        UnknownCommandError, match=r"no command /reviev; nothing was sent. Did you mean /review\?"
    ):
        interpret("/reviev x", desk)


def test_sessions_are_opened_by_their_title(desk: RecordingDesk) -> None:
    now = utc_now()
    old = Session(id="old", title="Parser bug", created_at=now, updated_at=now)
    desk.listed_sessions = [
        old,
        replace(old, id="new", updated_at=utc_now()),
        replace(old, id="x", title="Release"),
    ]
    assert offers("/open ", desk) == ["Release", "Parser bug"] or offers("/open ", desk) == [
        "Parser bug",
        "Release",
    ]
    reply("/open pars", desk)
    assert desk.wishes == [("open", "new")]
    with pytest.raises(InputError, match=r"There is no session “Parsr bug”. Did you mean Parser bug\?"):
        interpret("/open Parsr bug", desk)
    assert completed("/rename ", desk) == "/rename Parser bug"
    assert offers("/rename P", desk) == []


# Completing ----------------------------------------------------------------------------------------------------------------
def test_templates_and_their_choices_are_offered(desk: RecordingDesk) -> None:
    (first, *_) = complete("/rev", 4, desk).items
    assert (first.text, first.hint, first.group, first.lays_out) == (
        "/review ",
        "Review {lang=Python} code:",
        "Prompt templates",
        True,
    )
    assert not any(each.lays_out for each in complete("/mod", 4, desk).items)
    assert offers("/", desk).count("/model") == 1
    assert offers("/tone ", desk) == ["kind", "plain"]
    assert completed("/tone pl", desk) == "/tone plain "
    assert offers("/help stand", desk) == ["standup"]


# Foretelling ---------------------------------------------------------------------------------------------------------------
def told(text: str, desk: RecordingDesk) -> Foretold:
    foretold = foretell(text, len(text), desk)
    assert foretold is not None
    return foretold


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/help", "Lists all commands."),
        ("/help model", "Says what /model does."),
        ("/new", "Begin a new session."),
        ("/model", "Send to another model from now on."),
        ("/model sonnet", "Answers come from claude-sonnet from now on."),
        ("/model gpt-5-mini", "gpt-5-mini answers already."),
        ("/role arch", "The role “Architect” is active from now on."),
        ("/clear_role", "No role is active."),
        ("/model:plan-mode", "Let one model make a plan and another carry it out."),
        ('/model:plan-mode "GPT 4"', "GPT 4 plans. Next: the model that answers."),
        ("/model:plan-mode sonnet GPT 4", "From now on claude-sonnet plans and GPT 4 answers."),
        ("/model:plan-mode-off", "Plan mode is not on."),
        ("/plan-review on", "Plans wait for your approval."),
        ("/plan-review off", "Plans are carried out at once."),
        ("/theme dark", "The window turns dark."),
        ("/rename  a  b ", "This session will be called “a b”."),
        ("/standup", "Sends: Write the stand-up *notes*."),
        ("/review", "Asks for {lang} and {code}, then sends: Review {lang} code: {code}"),
        ("/review C", "Asks for {code}, then sends: Review C code: {code}"),
        ("/review C x", "Sends: Review C code: x"),
    ],
)
def test_what_will_happen_is_told(text: str, sentence: str, desk: RecordingDesk) -> None:
    assert (told(text, desk).sentence, told(text, desk).wrong) == (sentence, False)
    assert desk.wishes == []


def test_what_is_told_depends_on_how_things_are(desk: RecordingDesk) -> None:
    desk.active_role, desk.plan = desk.listed_roles[0], PlanModels(planning="a", answering="b")
    assert told("/clear_role", desk).sentence == "The role “Architect” is not used any more."
    assert told("/model:plan-mode-off", desk).sentence == "Messages are answered without a plan again."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/", "A slash begins a command: /help lists them."),
        ("/modle gpt-5", "There is no command /modle. Did you mean /model?"),
        ("/etc/hosts", "To send text that begins with a slash, begin it with //."),
        ("/model gtp-5", "There is no model “gtp-5”. Did you mean gpt-5"),
        ("/model gpt", "“gpt” fits several models: gpt-5, gpt-5-mini and GPT 4."),
        ("/role revewer", "Did you mean Reviewer or Code Reviewer?"),
        ("/theme blue", "“blue” is none of light, dark, system."),
        ("/model:plan-mode nobody gpt-5", "There is no model “nobody”."),
        ("/clear now", "/clear takes no arguments."),
        ("/standup now", "/standup takes no arguments."),
    ],
)
def test_what_is_wrong_is_told(text: str, words: str, desk: RecordingDesk) -> None:
    assert told(text, desk).wrong
    assert words in told(text, desk).sentence


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("/model", 0),
        ("/model ", 1),
        ("/model gpt", 1),
        ("/model:plan-mode ", 1),
        ('/model:plan-mode "GPT', 1),
        ('/model:plan-mode "GPT 4"', 1),
        ('/model:plan-mode "GPT 4" ', 2),
        ("/model:plan-mode a b c ", 2),
        ("/new now", 0),
        ("/review C ", 2),
    ],
)
def test_which_argument_is_being_filled_in_is_told(text: str, slot: int, desk: RecordingDesk) -> None:
    assert told(text, desk).slot == slot


def test_an_offer_is_foretold_as_if_it_were_taken(desk: RecordingDesk) -> None:
    text = "/model:plan-mode son"
    found = complete(text, len(text), desk)
    foretold = foretell(text, len(text), desk, (found.start, found.end, found.items[0].text))
    assert foretold == Foretold(
        "claude-sonnet plans. Next: the model that answers.",
        False,
        ("/model:plan-mode", "<planning_model>", "<answering_model>"),
        1,
    )
    name = foretell("/mod", 4, desk, (0, 4, "/model "))
    assert name == Foretold("Send to another model from now on.", False, ("/model", "<name>"), 1)


@pytest.mark.parametrize("text", ["", "hello", "//model", " /model"])
def test_nothing_is_foretold_of_messages(text: str, desk: RecordingDesk) -> None:
    assert foretell(text, len(text), desk) is None


@given(st.text("/model:pan- gt5'\"“”{}\n", max_size=40), st.integers(0, 40))
def test_whatever_is_typed_something_is_told_and_nothing_done(text: str, cursor: int) -> None:
    made = RecordingDesk()
    made.listed_templates = [template("p", "{a} {b=1} {c:x|y}")]
    foretold = foretell(text, min(cursor, len(text)), made)
    assert (foretold is None) == (not text.startswith("/") or text.startswith("//"))
    assert foretold is None or 0 <= foretold.slot <= max(0, len(foretold.usage) - 1)
    laid = lay_out(text, made)
    assert laid is None or any(isinstance(part, Variable) for part in laid.parts)
    assert made.wishes == []


def test_the_page_on_commands_names_every_one_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    told = {
        line.split(" | ")[0].strip("| "): line.split(" | ")[1].strip("| ")
        for line in page.splitlines()
        if line.startswith("| `/")
    }
    same = {"`/clear`, `/new`": ["/clear", "/new"]}
    summaries = {
        usage: summary
        for cell, summary in told.items()
        for usage in same.get(cell, [cell.replace("\\|", "|").strip("`")])
    }
    assert summaries == {each.usage: each.summary for each in commands()}
