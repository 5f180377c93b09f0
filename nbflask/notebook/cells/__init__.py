"""What cells are and leave behind: which one runs, what its text becomes, the contexts
that stay and the apps that were.

`watch` knows where a cell begins and ends; `transforms` changes its text before IPython
reads it; `body` makes a view of it, with `scopes`; `notices` tell what came of it.
"""
