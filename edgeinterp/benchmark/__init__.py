"""``bench``: measure a device on a fixed workload, and compare two devices."""
