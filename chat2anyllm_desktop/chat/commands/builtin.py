"""The slash commands of the program: what each says of itself, what it does, and what it says that it will do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from chat2anyllm_desktop.chat.commands.desk import Desk, Theme
from chat2anyllm_desktop.chat.commands.registry import (
    TEMPLATES,
    Command,
    CommandName,
    all_commands,
    command,
    find_command,
)
from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Model, PlanModels, Role, Session

CONVERSATION = mark("Conversation")
MODELS = mark("Models")
ROLES = mark("Roles")
PLAN_MODE = mark("Plan mode")
PROGRAM = mark("Program")
EVERY_COMMAND = CommandName()


# Foretelling -------------------------------------------------------------------------------------------------------------
# What a command will do with the arguments that there are so far.
def _on_help(desk: Desk, name: CommandName = EVERY_COMMAND) -> str:
    if not name:
        return tr("Lists all commands.")
    return tr("Says what /{name} does.", name=name)


def _on_rename(desk: Desk, title: str) -> str:
    return tr("This session will be called “{title}”.", title=" ".join(title.split()))


def _on_open(desk: Desk, title: Session) -> str:
    return tr("Shows the session “{title}”.", title=title.title)


def _on_model(desk: Desk, name: Model) -> str:
    current = desk.model()
    if current is not None and current.name == name.name:
        return tr("{model} answers already.", model=name.name)
    return tr("Answers come from {model} from now on.", model=name.name)


def _on_role(desk: Desk, name: Role) -> str:
    return tr("The role “{role}” is active from now on.", role=name.name)


def _on_clear_role(desk: Desk) -> str:
    role = desk.role()
    if role is None:
        return tr("No role is active.")
    return tr("The role “{role}” is not used any more.", role=role.name)


def _on_plan_mode(desk: Desk, planning_model: Model, answering_model: Model | None = None) -> str:
    if answering_model is None:
        return tr("{planning} plans. Next: the model that answers.", planning=planning_model.name)
    return tr(
        "From now on {planning} plans and {answering} answers.",
        planning=planning_model.name,
        answering=answering_model.name,
    )


def _on_plan_mode_off(desk: Desk) -> str:
    if desk.plan_models() is None:
        return tr("Plan mode is not on.")
    return tr("Messages are answered without a plan again.")


def _on_plan_review(desk: Desk, switch: str) -> str:
    return _review_words(switch == "on")


def _on_theme(desk: Desk, colours: str) -> str:
    return tr(_COLOURS[colours]) if colours in _COLOURS else tr("Changes the colours of the window.")


_COLOURS: dict[str, str] = {
    "light": mark("The window turns light."),
    "dark": mark("The window turns dark."),
    "system": mark("The window has the colours of the system."),
}


# The program --------------------------------------------------------------------------------------------------------------
@command("help", group=PROGRAM, summary=mark("List the commands, or say what one does."), foretold=_on_help)
def help_(desk: Desk, command: CommandName = EVERY_COMMAND) -> str:
    if command:
        found = find_command(command, desk)
        if found.parts is not None:
            return "\n\n".join([f"`{found.usage}`", _quoted("\n".join(found.english))])
        return "\n\n".join(filter(None, [f"`{found.usage}`", found.summary, found.description]))
    lines = []
    for group, members in groupby(sorted(all_commands(desk), key=_place), key=lambda each: each.group):
        lines.append(f"\n**{group}**\n")
        lines += [f"- `{each.usage}`: {_summary(each)}" for each in members]
    lines.append(
        "\n" + tr("Text that begins with `//` is sent with one slash. Names with spaces may stand in quotes.")
    )
    return "\n".join(lines).strip()


@command("commands", group=PROGRAM, summary=mark("Make, change and delete prompt templates."))
def commands_(desk: Desk) -> str:
    desk.open_templates()
    return ""


@command("theme", group=PROGRAM, summary=mark("Change the colours of the window."), foretold=_on_theme)
def theme(desk: Desk, colours: Theme) -> str:
    desk.set_theme(colours)
    return ""


@command("settings", group=PROGRAM, summary=mark("Open the settings."))
def settings(desk: Desk) -> str:
    desk.open_settings()
    return ""


@command("quit", group=PROGRAM, summary=mark("Close the program; what is being written is kept."))
def quit_(desk: Desk) -> str:
    desk.quit()
    return ""


# The conversation ---------------------------------------------------------------------------------------------------------
@command(
    "clear",
    "new",
    group=CONVERSATION,
    summary=mark("Begin a new session."),
    description=mark("The present one stays in the list of sessions."),
)
def new(desk: Desk) -> str:
    desk.new_session()
    return ""


@command("open", group=CONVERSATION, summary=mark("Show another session."), foretold=_on_open)
def open_(desk: Desk, title: Session) -> str:
    desk.open_session(title)
    return ""


@command("rename", group=CONVERSATION, summary=mark("Give this session another title."), foretold=_on_rename)
def rename(desk: Desk, title: str) -> str:
    desk.rename_session(title)
    return ""


@command(
    "retry",
    group=CONVERSATION,
    summary=mark("Ask for the last answer again."),
    description=mark("The present answer is kept as another branch."),
)
def retry(desk: Desk) -> str:
    desk.retry_answer()
    return ""


@command(
    "continue", group=CONVERSATION, summary=mark("Let an answer that was cut off go on where it stopped.")
)
def continue_(desk: Desk) -> str:
    desk.continue_answer()
    return ""


@command(
    "stop", group=CONVERSATION, summary=mark("Stop the answer that is being written; what is there stays.")
)
def stop(desk: Desk) -> str:
    desk.stop_answer()
    return ""


@command("copy", group=CONVERSATION, summary=mark("Copy the last answer as Markdown."))
def copy(desk: Desk) -> str:
    desk.copy_answer()
    return ""


# Models, roles, plan mode -------------------------------------------------------------------------------------------------
@command("models", group=MODELS, summary=mark("List the models that can be picked."))
def models(desk: Desk) -> str:
    listed = desk.models()
    if not listed:
        return tr("No models are known yet: the gateway has not been reached.")
    current = desk.model()
    lines = [_model_line(model, current is not None and model.name == current.name) for model in listed]
    return _list(tr("{n} model(s)", n=len(listed)), lines)


@command(
    "model",
    group=MODELS,
    summary=mark("Send to another model from now on."),
    description=mark("A part of the name is enough when it fits one model only."),
    foretold=_on_model,
)
def model(desk: Desk, name: Model) -> str:
    desk.select_model(name)
    return tr("Model: **{name}**", name=_escaped(name.name))


@command("roles", group=ROLES, summary=mark("List the roles."))
def roles(desk: Desk) -> str:
    listed = desk.roles()
    if not listed:
        return tr("No roles have been made yet.")
    active = desk.role()
    chosen = active.id if active is not None else ""
    lines = [
        f"- {tr('{name} (active)', name=_escaped(role.name)) if role.id == chosen else _escaped(role.name)}"
        for role in listed
    ]
    return _list(tr("{n} role(s)", n=len(listed)), lines)


@command(
    "role",
    group=ROLES,
    summary=mark("Make a role active: its instructions go before the conversation."),
    foretold=_on_role,
)
def role(desk: Desk, name: Role) -> str:
    desk.select_role(name)
    return tr("Role: **{name}**", name=_escaped(name.name))


@command("clear_role", group=ROLES, summary=mark("Go on without a role."), foretold=_on_clear_role)
def clear_role(desk: Desk) -> str:
    if desk.role() is None:
        return tr("No role is active.")
    desk.select_role(None)
    return tr("No role is active any more.")


@command(
    "model:plan-mode",
    group=PLAN_MODE,
    summary=mark("Let one model make a plan and another carry it out."),
    description=mark(
        "The first model writes a numbered checklist, the second one follows it. A name with spaces in front of the other "
        "stands in quotes."
    ),
    foretold=_on_plan_mode,
)
def plan_mode(desk: Desk, planning_model: Model, answering_model: Model) -> str:
    desk.set_plan_models(PlanModels(planning=planning_model.name, answering=answering_model.name))
    return tr(
        "Plan mode: **{planning}** plans, **{answering}** answers.",
        planning=_escaped(planning_model.name),
        answering=_escaped(answering_model.name),
    )


@command("model:plan-mode-off", group=PLAN_MODE, summary=mark("Leave plan mode."), foretold=_on_plan_mode_off)
def plan_mode_off(desk: Desk) -> str:
    if desk.plan_models() is None:
        return tr("Plan mode is not on.")
    desk.set_plan_models(None)
    return tr("Plan mode is off.")


@command(
    "plan-review",
    group=PLAN_MODE,
    summary=mark("Let plans wait for your approval before they are carried out, or not."),
    foretold=_on_plan_review,
)
def plan_review(desk: Desk, switch: Literal["on", "off"]) -> str:
    desk.set_plan_review(switch == "on")
    return _review_words(switch == "on")


_GROUPS = [CONVERSATION, MODELS, ROLES, PLAN_MODE, TEMPLATES, PROGRAM]


def _place(each: Command) -> int:
    return _GROUPS.index(each.english_group)


def _review_words(on: bool) -> str:
    return tr("Plans wait for your approval.") if on else tr("Plans are carried out at once.")


def _model_line(each: Model, current: bool) -> str:
    facts = [each.provider] if each.provider else []
    if each.max_input_tokens:
        facts.append(tr("{count} tokens", count=f"{each.max_input_tokens:,}"))
    line = f"- {_escaped(each.name)}" + (f" ({', '.join(map(_escaped, facts))})" if facts else "")
    return line + (f" **{tr('current')}**" if current else "")


def _list(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([f"**{heading}**\n", *lines])


def _summary(each: Command) -> str:
    return each.summary if each.parts is None else _escaped(each.summary)


def _quoted(text: str) -> str:
    """Text of the user as a quotation, letter by letter."""
    return "\n".join(f"> {_escaped(line)}  " for line in text.rstrip().split("\n"))


def _escaped(name: str) -> str:
    """A name that somebody else chose, as plain text in Markdown."""
    return "".join("\\" + letter if letter in "\\`*_[]<>#|$~" else letter for letter in name)
