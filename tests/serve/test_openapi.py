"""The document says what the endpoints do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chat2anyllm_desktop.serve.endpoints import TABLE
from chat2anyllm_desktop.serve.openapi import document
from tests.real.gateway import Gateway
from tests.serve.conftest import MakeFace


def test_everything_is_in_it(make_face: MakeFace) -> None:
    face = make_face(logged_in=False)
    assert face.client.get("/api/openapi.json").status_code == 401
    face.log_in()
    served = face.client.get("/api/openapi.json").json()
    assert served == document()
    for endpoint in TABLE:
        operation = served["paths"][endpoint.path][endpoint.method.lower()]
        assert ("security" in operation) == (not endpoint.is_open)
        assert {int(status) for status in operation["responses"]} == {*endpoint.gives, *endpoint.refusals}
    text = str(served)
    for name in re.findall(r"#/components/schemas/(\w+)", text):
        assert name in served["components"]["schemas"]


CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth,"
    "use_after_free"
)


def test_it_holds_for_whatever_is_sent(
    make_face: MakeFace, history: dict[str, str], litellm_gateway: Gateway, tmp_path: Path
) -> None:
    """Schemathesis makes up requests, right and wrong ones, from the document: no answer is a fault of the server, none
    is undocumented, and what is wrong is refused."""
    command = Path(sys.executable).with_name("schemathesis")
    if not command.exists():
        pytest.skip("schemathesis is not installed")
    face = make_face(
        LITELLM_BASE_URL=litellm_gateway.base_url, LITELLM_API_KEY=litellm_gateway.key, **history
    )
    # What LiteLLM makes of a model's name that nobody would choose may be a fault of its own.
    configuration = (
        "[checks.not_a_server_error]\nexpected-statuses = ['2xx', '4xx', '502']\n"
        "[checks.negative_data_rejection]\nexpected-statuses = ['4xx', '502']\n"
    )
    (tmp_path / "schemathesis.toml").write_text(configuration)
    run = [command, "run", f"{face.url}/api/openapi.json", "--checks", CHECKS, "--max-examples", "30"]
    run += ["--header", f"Authorization: Bearer {face.token}", "--continue-on-failure", "--no-color"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, "\n".join(line[:300] for line in done.stdout.splitlines())
    assert "Traceback" not in face.written
