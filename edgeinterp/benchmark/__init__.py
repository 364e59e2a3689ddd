"""``bench``: a device's figures on a fixed workload, and two devices' figures side by side."""
