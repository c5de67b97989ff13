"""The HTTP face: sessions, roles, models and turns for browsers and scripts, and Slack's slash commands.

It keeps the API of the web edition of Chat2AnyLLM over the core that the window uses. ``application.build`` makes the
ASGI application, ``server.run`` serves it. Closed by default: everything but health and login wants a bearer token, the
Slack route exists only with a signing secret, and without a password nothing but this computer is listened to.
"""
