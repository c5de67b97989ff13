"""What ``doctor --self-test`` tries in the window."""
