"""Does a model meet the needs of a use? needs.toml -> met, not met, undecided (docs/howto/require.md)."""
