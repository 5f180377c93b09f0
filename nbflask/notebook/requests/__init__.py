"""A request of a magic, from the line to what its card shows.

`exchange` sends it, in this thread or by `wire` to the server, for as long as `timing`
allows, while `streams` shows what comes; `look` gathers what is known of the response,
with `steps` and `hints`; `conversation` is what .http cells remember.
"""
