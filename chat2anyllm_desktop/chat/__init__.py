"""What happens: turns, plan mode, slash commands. Plain asyncio, no Qt."""
