"""Other people's tests, run against nbflask: see README.md beside this file."""
