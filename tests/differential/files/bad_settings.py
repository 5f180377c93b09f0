raise RuntimeError("in the settings")
