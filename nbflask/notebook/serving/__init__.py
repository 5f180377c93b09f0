"""The notebook's server and who visits it.

`starting` keeps at most one server; `running` is `app.run()` in a cell; `visits` meet
`passage` and `credentials` before the app, and are put into the `log`; `public` says
where a browser finds all this, as `jupyter` and the environment tell.
"""
