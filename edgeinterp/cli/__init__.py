"""The command line: arguments, library calls, exit codes; one module a command."""
