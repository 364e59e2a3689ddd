"""The section on judged explanation methods."""
