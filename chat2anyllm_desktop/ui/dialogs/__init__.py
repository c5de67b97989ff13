"""Windows that open over the main one. Each is made when it is first asked for, and never blocks."""
