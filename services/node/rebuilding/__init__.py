"""Building a generation of tables from the whole log, on several processors.

An aggregate contributes the same whatever others do (`services/node/readmodel.py`), so the log is
first dealt out by aggregate into partitions, on disk (`routing`); then each partition is folded by
itself, every aggregate once and complete; its rows are appended to tables without keys
(`workplace`, `filling`), its cells are left on disk, dealt out by cell, and added up when all
partitions are folded (`adding`); then keys and indexes are made. Each of these steps is durable
when it is done, so a build that was interrupted goes on where it stood (`builds`).
"""
