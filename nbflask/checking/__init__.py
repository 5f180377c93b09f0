"""Notebooks that are checked: run from top to bottom, or asked by tests.

`check` runs one in a process of its own, whose program is `running` in a `shell`;
`asked` notes which routes requests have reached, and `findings` says what is wrong.
`plugin` gives pytest an app of a notebook for each test. No kernel is started here.
"""
