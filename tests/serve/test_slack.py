"""Slack's commands: signed as Slack documents it."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest

from chat2anyllm_desktop.serve.refusals import Refusal
from chat2anyllm_desktop.serve.slack import Signatures
from tests.serve.conftest import MakeFace

# The example of https://docs.slack.dev/authentication/verifying-requests-from-slack
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP = 1531420618
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def check(body: bytes = BODY, *, late: float = 0, **headers: str) -> int:
    given = {"x-slack-request-timestamp": str(STAMP), "x-slack-signature": SIGNATURE}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        Signatures(SECRET, clock=lambda: STAMP + late).check(given, body)
    except Refusal as refusal:
        return refusal.status
    return 200


def test_the_documented_example() -> None:
    assert check() == 200
    assert [check(late=late) for late in (300, -300, 301, -301)] == [200, 200, 401, 401]


@pytest.mark.parametrize("position", [0, len(BODY) // 2, len(BODY) - 1])
def test_a_changed_byte(position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1
    assert check(bytes(changed)) == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x_slack_signature", ""),
        ("x_slack_signature", SIGNATURE.upper()),
        ("x_slack_signature", "v0=ü"),
        ("x_slack_request_timestamp", ""),
        ("x_slack_request_timestamp", str(STAMP + 1)),
        ("x_slack_request_timestamp", "1e9"),
        ("x_slack_request_timestamp", "9" * 5000),
    ],
)
def test_a_changed_header(name: str, value: str) -> None:
    assert check(**{name: value}) == 401


def test_the_commands(make_face: MakeFace, history: dict[str, str]) -> None:
    face = make_face(SLACK_SIGNING_SECRET=SECRET, **history)

    def ask(command: str, text: str = "", *, secret: str = SECRET) -> tuple[int, str]:
        # Not as a library would write it: what is signed is the body as it came.
        body = f"text={text}&command={command.replace('/', '%2f')}&token=x+y".encode()
        stamp = str(int(time.time()))
        signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = face.client.post("/slack/command", content=body, headers=headers)
        return answer.status_code, answer.json().get("text", "")

    assert ask("/roles") == (200, "There are no roles yet.")
    for name, instructions in (("Reviewer", "Be <strict> & fair."), ("Writer", "Write.")):
        face.client.post("/api/roles", json={"name": name, "instructions": instructions})
    assert ask("/roles") == (200, "• Reviewer\n• Writer")
    assert ask("/role", "reviewer") == (200, "Role *Reviewer* is there:\n>>> Be &lt;strict&gt; &amp; fair.")
    status, text = ask("/role", "Reviwer")
    assert status == 200
    assert text.startswith("There is no role “Reviwer”.")
    face.client.post("/api/roles", json={"name": "Q&A <x>", "instructions": "Answer."})
    assert ask("/role", "Q%26amp%3BA+%26lt%3Bx%26gt%3B")[1].startswith("Role *Q&amp;A &lt;x&gt;* is there")
    assert ask("", "&ssl_check=1")[0] == 200, "Slack looks whether the certificate is good"
    assert ask("")[0] == 400
    assert ask("/role")[1].startswith("Which role?")
    assert "/roles" in ask("/other")[1]
    assert ask("/roles", secret="another secret")[0] == 401
