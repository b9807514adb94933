"""What became of one record, for people: who recorded what, when, by which rules, what was
corrected and by whom, and who has received and verified it.

`entries` works it out from an aggregate's records alone; `telling` puts it into words.
"""
