"""The ledger of an origin: a Merkle tree over its events, signed heads of it, proofs from it.

Everything here is pure and knows no database; formats are RFC 6962's and C2SP's, so that tools
nobody here wrote can check what it makes.
"""
