"""Staging: from the bytes of a batch of deliveries to typed rows, each stored once.

- `batches`: deliveries of the inbox, or of an older file, in bounded batches
- `mend`: what JSON readers refuse in a body although its meaning is plain
- `split`: payloads into the JSON texts of their fields, each description once
- `read_ahead`: the next batch is read and split while one is parsed and stored
- `reading`: what a text means, as SQL macros: blanks, instants, minutes, ids, limits
- `fields`: which fields are read, and how
- `ask`: a query that reads frames
- `descriptions`: sessions and attendees, JSON texts to typed rows
- `targets`: places, subjects and leads of other actions, likewise
- `parse`: JSON texts to typed rows; what does not fit gets a reason
- `deduplicate`: repeats are told from new deliveries, by `same_content` where their bytes differ
- `faults`: fields whose values are not in the tables as they were sent
- `store`: each delivery into its table
"""
