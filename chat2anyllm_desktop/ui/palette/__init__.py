"""What is opened over the window to go somewhere by typing: the palette, and the search in everything."""
