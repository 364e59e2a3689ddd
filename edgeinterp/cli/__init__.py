"""The command line: arguments, library calls, exit codes; one module per command."""
