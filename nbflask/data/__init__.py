"""The values of data libraries, in and out: what a view may return beside what
Flask takes, and what `request.df` reads.

    libraries   which library a value is of
    frames      a frame as columns, its index among them
    values      a value as JSON, CSV and tables can have it
    tables      a frame as CSV and HTML
    adapters    what a value can be sent as
    pictures    figures and images
    offers      which of that a request accepts
    reading     a body as a frame
    incoming    that of a request

No library is imported here but by `reading`, and all of this is loaded when it is
first needed: values are recognised by the modules that are loaded already.
"""
