"""The steps of an export: find the source, edit the graph, certify it, write the folder."""
