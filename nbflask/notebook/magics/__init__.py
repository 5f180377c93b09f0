"""The magics: parse, call, return. No HTTP and no HTML in here."""
