"""Every table as it stood at an earlier state of the log (decision 0016)."""
