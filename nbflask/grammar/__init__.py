"""A magic's line: words, options, HTTPie items, and the request they make; and the
text of .http files.

Pure: knows no HTTP client, no IPython and no HTML.
"""
