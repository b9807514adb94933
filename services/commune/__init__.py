"""The commune level: data for the shared engine, no behaviour of its own."""
