"""How fast nbflask's server is, beside Flask on Werkzeug's, waitress and cheroot."""
