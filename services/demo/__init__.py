"""The demonstration: the whole hierarchy on one machine, playing a report year."""
