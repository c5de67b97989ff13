"""Talking to models: a gateway, the embedded engine, the offline demo. No Qt."""

import sys

# httpx takes its command line with it wherever click and rich happen to be installed: 70 modules, 6 MB. None tells the
# import that there is none, which httpx is prepared for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # what Python documents for this, unlike typeshed
