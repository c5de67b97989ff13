"""The slash commands. Each docstring is what /help says; the first line is what completion shows."""

from __future__ import annotations

from itertools import groupby
from typing import Literal

from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.registry import Command, CommandName, command, commands, find_command
from chat2anyllm_desktop.core.models import Model, PlanModels, Role

CONVERSATION = "Conversation"
MODELS = "Models"
ROLES = "Roles"
PLAN_MODE = "Plan mode"
PROGRAM = "Program"
EVERY_COMMAND = CommandName()


@command("help", group=PROGRAM)
def help_(desk: Desk, command: CommandName = EVERY_COMMAND) -> str:
    """List the commands, or say what one does."""
    if command:
        found = find_command(command)
        return "\n\n".join(filter(None, [f"`{found.usage}`", found.summary, found.description]))
    lines = []
    for group, members in groupby(sorted(commands(), key=_place), key=lambda each: each.group):
        lines.append(f"\n**{group}**\n")
        lines += [f"- `{each.usage}`: {each.summary}" for each in members]
    lines.append(
        "\nText that begins with `//` is sent with one slash. Names with spaces may stand in quotes."
    )
    return "\n".join(lines).strip()


@command("clear", "new", group=CONVERSATION)
def new(desk: Desk) -> str:
    """Begin a new session.

    The present one stays in the list of sessions.
    """
    desk.new_session()
    return ""


@command("rename", group=CONVERSATION)
def rename(desk: Desk, title: str) -> str:
    """Give this session another title."""
    desk.rename_session(title)
    return ""


@command("retry", group=CONVERSATION)
def retry(desk: Desk) -> str:
    """Ask for the last answer again.

    The present answer is kept as another branch.
    """
    desk.retry_answer()
    return ""


@command("continue", group=CONVERSATION)
def continue_(desk: Desk) -> str:
    """Let an answer that was cut off go on where it stopped."""
    desk.continue_answer()
    return ""


@command("stop", group=CONVERSATION)
def stop(desk: Desk) -> str:
    """Stop the answer that is being written; what is there stays."""
    desk.stop_answer()
    return ""


@command("copy", group=CONVERSATION)
def copy(desk: Desk) -> str:
    """Copy the last answer as Markdown."""
    desk.copy_answer()
    return ""


@command("models", group=MODELS)
def models(desk: Desk) -> str:
    """List the models that can be picked."""
    listed = desk.models()
    if not listed:
        return "No models are known yet: the gateway has not been reached."
    current = desk.model()
    lines = [_model_line(model, current is not None and model.name == current.name) for model in listed]
    return "\n".join([f"**{_counted(len(listed), 'model')}**\n", *lines])


@command("model", group=MODELS)
def model(desk: Desk, name: Model) -> str:
    """Send to another model from now on.

    A part of the name is enough when it fits one model only.
    """
    desk.select_model(name)
    return f"Model: **{_escaped(name.name)}**"


@command("roles", group=ROLES)
def roles(desk: Desk) -> str:
    """List the roles."""
    listed = desk.roles()
    if not listed:
        return "No roles have been made yet."
    active = desk.role()
    lines = [
        f"- {_escaped(role.name)}{' (active)' if active is not None and role.id == active.id else ''}"
        for role in listed
    ]
    return "\n".join([f"**{_counted(len(listed), 'role')}**\n", *lines])


@command("role", group=ROLES)
def role(desk: Desk, name: Role) -> str:
    """Make a role active: its instructions go before the conversation."""
    desk.select_role(name)
    return f"Role: **{_escaped(name.name)}**"


@command("clear_role", group=ROLES)
def clear_role(desk: Desk) -> str:
    """Go on without a role."""
    if desk.role() is None:
        return "No role is active."
    desk.select_role(None)
    return "No role is active any more."


@command("model:plan-mode", group=PLAN_MODE)
def plan_mode(desk: Desk, planning_model: Model, answering_model: Model) -> str:
    """Let one model make a plan and another carry it out.

    The first model writes a numbered checklist, the second one follows it. A name with spaces in front of the other
    stands in quotes.
    """
    desk.set_plan_models(PlanModels(planning=planning_model.name, answering=answering_model.name))
    return (
        f"Plan mode: **{_escaped(planning_model.name)}** plans, **{_escaped(answering_model.name)}** answers."
    )


@command("model:plan-mode-off", group=PLAN_MODE)
def plan_mode_off(desk: Desk) -> str:
    """Leave plan mode."""
    if desk.plan_models() is None:
        return "Plan mode is not on."
    desk.set_plan_models(None)
    return "Plan mode is off."


@command("plan-review", group=PLAN_MODE)
def plan_review(desk: Desk, switch: Literal["on", "off"]) -> str:
    """Let plans wait for your approval before they are carried out, or not."""
    desk.set_plan_review(switch == "on")
    return "Plans wait for your approval." if switch == "on" else "Plans are carried out at once."


@command("theme", group=PROGRAM)
def theme(desk: Desk, colours: Literal["light", "dark", "system"]) -> str:
    """Change the colours of the window."""
    desk.set_theme(colours)
    return ""


@command("settings", group=PROGRAM)
def settings(desk: Desk) -> str:
    """Open the settings."""
    desk.open_settings()
    return ""


@command("quit", group=PROGRAM)
def quit_(desk: Desk) -> str:
    """Close the program; what is being written is kept."""
    desk.quit()
    return ""


_GROUPS = [CONVERSATION, MODELS, ROLES, PLAN_MODE, PROGRAM]


def _place(each: Command) -> int:
    return _GROUPS.index(each.group)


def _model_line(each: Model, current: bool) -> str:
    facts = [each.provider] if each.provider else []
    if each.max_input_tokens:
        facts.append(f"{each.max_input_tokens:,} tokens")
    line = f"- {_escaped(each.name)}" + (f" ({', '.join(map(_escaped, facts))})" if facts else "")
    return line + (" **current**" if current else "")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _escaped(name: str) -> str:
    """A name that somebody else chose, as plain text in Markdown."""
    return "".join("\\" + letter if letter in "\\`*_[]<>#|$~" else letter for letter in name)
