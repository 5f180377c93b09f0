"""Whether an answer of then would be that of now: `judging` asks what it depends on,
and what of that came later.
"""
