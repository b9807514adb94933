"""Erasure with evidence: bytes that must not be kept are replaced by tombstones, at this node.

What is to go is a function of the log: redaction events (`domain.redactions`), whatever way they
came. `Book` knows them, `Eraser` carries them out.
"""
