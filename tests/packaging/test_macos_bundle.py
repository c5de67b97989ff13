"""What the bundle says of itself, its entitlements, and the scripts around it."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACOS = ROOT / "packaging" / "macos"


def test_the_bundle_opens_links_and_no_documents() -> None:
    info = plistlib.loads((MACOS / "Info.plist").read_bytes())
    assert [scheme for kind in info["CFBundleURLTypes"] for scheme in kind["CFBundleURLSchemes"]] == [
        "chat2anyllm"
    ]
    assert "CFBundleDocumentTypes" not in info
    assert info["NSHighResolutionCapable"] is True
    assert info["NSRequiresAquaSystemAppearance"] is False  # Dark where the system is.
    assert info["LSMinimumSystemVersion"] == "14.0"
    assert info["NSLocalNetworkUsageDescription"]


def test_the_version_comes_from_the_program() -> None:
    info = plistlib.loads((MACOS / "Info.plist").read_bytes())
    assert info.keys().isdisjoint({"CFBundleVersion", "CFBundleShortVersionString"})
    specification = (ROOT / "packaging/frozen/chat2anyllm.spec").read_text(encoding="utf-8")
    assert '"CFBundleVersion": version()' in specification
    assert "version=version()," in specification


def test_the_hardened_program_may_do_no_more_than_it_must() -> None:
    entitlements = plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    assert entitlements == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


@pytest.mark.parametrize(
    ("command", "said"), [("keychain", "No certificate"), ("notarize", "is not notarized")]
)
def test_without_secrets_signing_is_skipped_with_a_notice(command: str, said: str) -> None:
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("there is no sh")
    done = subprocess.run(
        [shell, str(MACOS / "signing.sh"), command, "x.dmg"], env={"PATH": "/usr/bin:/bin"}, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("::notice::")
    assert said in done.stdout
