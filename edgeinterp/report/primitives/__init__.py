"""Elements of every report: words, numbers, tables, plots and maps."""
