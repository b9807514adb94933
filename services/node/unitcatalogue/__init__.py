"""The national catalogue of units: tables read from their publishers, a plan of events, a report.

tables      what any source says, in one form; remarks about what does not fit
conversion  the statistics office's old-to-new table of 1/7/2025, and its list of units before
earlier     mergers before 1/7/2025, from a table of lineage
package     the same from the `vietnamadminunits` package
comparing   where two sources differ
planning    the tables as UnitReorganised events with derived ids
"""
