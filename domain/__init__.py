"""The rules of the movement: pure functions and values, no I/O, no clock, no randomness.

One file per subject (its events, its state, how an event changes it, its decisions). Everything a
decision needs is passed in, `now` included, so that a decision made again gives the same answer.
"""
