"""What an app needs of its notebook: a slice of its pieces, in an order that runs.

`plan` has it, `search` goes for it from name to name. `apps` knows which variable is
an app, `effects` and `habits` what changes a thing and what only looks at it, `outside`
what asks an app, `rivals` what was replaced, `versions` what a name means where, and
`order` what comes first.
"""
