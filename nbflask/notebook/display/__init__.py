"""What the notebook shows: data in, cards of text and HTML out.

Pure: knows no app, no kernel and no IPython. HTML and CSS live in the files
beside these modules.
"""
