"""What makes the window a part of its desktop: tray, notifications, links, recent sessions, motion, its place."""
