"""What an app is made of: records, filed by owners, compiled into tables.

Read in this order: `owners`, `records`, `mounts`; what rules become: `binding`,
`tree`, `matching`, `rule_map`; what changes with little: `ranks`, `layers`, `entries`;
`table`, `turns`, `registry`; then `policies`, `rivals`, `editions`; then the windows on
it all: `windows`, `lists`, `dicts`, `attributes`, and `url_map`. Nothing here knows a
request or a notebook.
"""
