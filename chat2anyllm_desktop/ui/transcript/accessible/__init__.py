"""The transcript as assistive technology sees it: a tree of nodes over what is on the page."""
