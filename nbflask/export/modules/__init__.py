"""The text of modules: `views` makes functions of cells, `imports` gathers what is
imported, `secrets` leaves to the environment what nobody is to read, `section` puts a
module together, `module` and `package` say what goes into which.
"""
