"""What an app is made of: records, filed by owners, compiled into tables.

Read in this order: `owners`, `records`, `mounts`, `table`, `registry`,
`editions`, `windows`. Nothing here knows a request or a notebook.
"""
