"""Notebooks as files: what their cells say, and what an app needs of it.

`reading` takes a file, `cutting` makes `pieces` of its cells, `names` tells what each
defines and uses; `needs/` chooses those that an app needs, `runs/` runs them,
`requests/` are what the notebook has asked, and `standing/` says which answers hold.
Here must not live: kernels, magics and shells, and what is written for others.
"""
