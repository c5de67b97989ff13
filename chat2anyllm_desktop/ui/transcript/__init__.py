"""The conversation on show: a model that holds its text, and a scroll area that draws what is visible of it."""
