"""The requests of a notebook for others: `checks` for pytest, `http` for REST clients,
`curl` for a shell.
"""
