"""%flask explore: a panel to choose a route, fill it in, send it and see what comes.

`choices` knows what can be asked, `draft` makes a request of what was filled in, both
without a widget; `panel` shows them.
"""
