"""A notebook's app, written out for others: as a module that has no notebook around it.

`exporting` takes what is `asked` and has it written: the text of `modules/`, what is
beside them by `companions`: `requests/` and `deployment/`. `files` puts everything where
it belongs, or nothing. Nothing of a notebook is run.
"""
