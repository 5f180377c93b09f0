"""Notebooks as files: what their cells say, and what an app needs of it.

`reading` takes a file, `pieces` cuts its cells into statements, `names` tells what each
defines and uses; `needs/` chooses those that an app needs, `runs/` runs them,
`requests/` are what the notebook has asked, and `standing/` says which answers hold.
Here must not live: kernels, magics and shells, and what is written for others.
"""
