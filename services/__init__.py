"""The services: one shared engine (`services.node`) and one folder of data per level."""
