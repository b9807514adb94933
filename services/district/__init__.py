"""The district level: data for the shared engine, no behaviour of its own."""
