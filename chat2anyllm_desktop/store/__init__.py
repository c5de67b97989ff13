"""Remembering: sessions, messages and roles, in SQLite or PostgreSQL. No Qt."""
