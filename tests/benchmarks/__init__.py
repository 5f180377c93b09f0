"""How fast a request is, beside Flask, Bottle and bare Werkzeug."""
