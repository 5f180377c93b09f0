"""A notebook's app, written out for others: as a module that has no notebook around it.

`module` puts the text together: `views` makes functions of cells, `imports` gathers
what is imported, `secrets` leaves to the environment what nobody is to read. `files`
puts everything where it belongs, or nothing. Nothing of a notebook is run.
"""
