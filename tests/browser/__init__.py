"""The shop in a real browser: the pages, the keyboard, the look."""
