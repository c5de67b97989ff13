#!/bin/sh
# There is no Python at all: install Debian's as root, else say what to do. Then go on with what was asked for.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "- Installing Python: python3 python3-venv (apt-get, as root)"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        python3 python3-venv >/dev/null || exit 1
    exec python3 packaging/bootstrap.py "$@"
fi
echo "No Python found: Chat2AnyLLM Desktop needs Python 3.11, 3.12 or 3.13." \
    "Install one (Debian/Ubuntu: sudo apt-get install python3 python3-venv; Fedora: sudo dnf install python3.13;" \
    "macOS: brew install python@3.13)." >&2
exit 1
