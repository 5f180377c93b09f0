"""The same small programs under Flask and under nbflask, and what both show.

`worker` runs in a process of its own, once for each framework, and knows only the
name flask. What it runs is a list of steps (`stage`), which `scenarios` make up, or
a function of `snippets`. What it sees (`sight`) comes back and is compared, but for
what is `deliberate`.
"""
