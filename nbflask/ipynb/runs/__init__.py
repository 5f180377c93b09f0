"""A plan run in this process: `loading` makes the module, `running` runs its pieces,
`renewing` follows the file.
"""
