"""What the verbs of the `warehouse` command do.

- `load`: the next deliveries of the inbox into the next generation
- `follow`: a load whenever something has arrived
- `rebuild`: every other table again, from the stored deliveries
- `check`: the load log adds up, and the marts equal a second derivation in SQL
- `info`: tables, files and backlog
- `backup`: consistent copies of warehouse, inbox, speakers.csv and sponsors.csv
- `erase`: a person's deliveries, or an event's, out of every file
- `unfinished`: the note of an erasure under way
- `attempts`: a load that ran out of memory is tried again with fewer deliveries
- `person`, `event`: which deliveries are about a person, or name them; which are about an event
- `payload`: a payload, taken apart to see whom it names
- `search`: mail addresses and ids in a text of any form
- `spellings`: one text however it is escaped, encoded, composed and cased
"""
