"""Flask's paths to what does no input and output. Here it has no floor of its own:
the names lead to the classes that extensions mean."""
