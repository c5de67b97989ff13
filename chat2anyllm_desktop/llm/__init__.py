"""Talking to models: a gateway, the embedded engine, the offline demo. No Qt."""
