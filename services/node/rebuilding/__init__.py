"""Building a generation of tables from the whole log, on several processors.

An aggregate contributes the same whatever others do (`services/node/readmodel.py`), so the log is
first dealt out by aggregate into partitions, on disk (`routing`); then each partition is folded by
itself, every aggregate once and complete, and its rows are appended to tables without keys
(`folding`); then cells are added up and keys and indexes made (`filling`). Each of these steps is
durable when it is done, so a build that was interrupted goes on where it stood (`builds`).
"""
