"""The command line: it parses, calls one workflow, and presents. Heavy imports stay inside the commands."""
