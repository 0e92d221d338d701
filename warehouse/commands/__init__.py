"""What the verbs of the `warehouse` command do.

- `load`: the next deliveries of the inbox into the next generation
- `follow`: a load whenever something has arrived
- `rebuild`: every other table again, from the stored deliveries
- `check`: the load log adds up, and the marts equal a second derivation in SQL
- `info`: tables, files and backlog
- `backup`: consistent copies of warehouse, inbox, speakers.csv and sponsors.csv
- `erase`: a person's deliveries out of every file
- `attempts`: a load that ran out of memory is tried again with fewer deliveries
- `person`: which deliveries are about a person
- `spellings`: one text however it is escaped, encoded, composed and cased
"""
