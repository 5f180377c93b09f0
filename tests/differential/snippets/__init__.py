"""Small programs by area of Flask's documentation: each function is one.

Its name says what a program may rely on; `see` shows what becomes of it. Run by the
worker, in a folder that has `files` in it; "app" is no module, so that is the root.
"""
