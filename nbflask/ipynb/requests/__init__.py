"""What a notebook has sent and how it was answered, as data: read from its outputs and
from the texts of its cells.
"""
