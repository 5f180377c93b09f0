"""How templates are compiled once and rendered: below `templating`."""
