"""What stands in an empty session: at the first start the ways on, later a few words, and prompts to begin with."""
