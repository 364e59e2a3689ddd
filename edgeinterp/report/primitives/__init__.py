"""What every report is made of: words, numbers, tables, plots and maps."""
