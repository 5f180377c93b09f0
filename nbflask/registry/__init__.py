"""What an app is made of: records, filed by owners, compiled into tables.

Read in this order: `owners`, `records`, `mounts`, `table`, `registry`,
`turns`, `editions`, `windows`, `url_map`. Nothing here knows a request or a notebook.
"""
