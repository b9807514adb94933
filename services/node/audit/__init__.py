"""The auditor's kit: a folder with everything that is needed to check a node's history elsewhere.

Checking needs no database, no network and no node: `layout` and `verifying` use the ledger's pure
formats and the envelope only. Deriving a figure again (`figures`) uses the node's own read models.
"""
