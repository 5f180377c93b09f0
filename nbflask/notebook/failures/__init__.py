"""Exceptions, by the person's own frames: `frames` knows whose they are, `chains` what
goes with an exception, `tracebacks` writes it, from steps that `legible` has made such
that IPython can show them; `last` has %debug open the last one, `logged` has apps log
it so. `advice` names the way out where somebody works outside of a context.
"""
