TEXT = "from a file"
lower = 1
NUMBER = 7
