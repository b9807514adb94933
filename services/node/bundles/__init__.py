"""Bundles: files carried by hand between nodes that no network joins, read by the same receiver.

`format` is the file, `peers` what the other side is known to hold, `exporting` and `importing` the
two ends.
"""
