"""One app for each workload, in each framework's own words: a module for each.

A function bears the name of its app, and makes it. What a framework has no such thing
for, its module lacks. Every one of them has `empty` and `add` too: an app without
routes, and one more route for it. `{id}` in a rule is a whole number, `{name}` a text.
"""
