"""How the client asks an app in the same process: below `testing`."""
