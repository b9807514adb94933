"""Reports: drafted from the records, compared version with version and with the records."""
