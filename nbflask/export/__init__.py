"""A notebook's app, written out for others: as a module that has no notebook around it.

`exporting` takes what is `asked` and has it written: the text of `modules/`, and by
`companions` what is beside them: `requests/` and `deployment/`. `files` puts all of it
where it belongs, or nothing. Nothing of a notebook is run.
"""
