"""Published schemas of our own formats, as package data; each is rendered from its types."""
