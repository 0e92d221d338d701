"""A made-up organisation to try the product with: believable, and always the same for the same seed.

- `countries`, `vocabulary`: the words, from people's names to titles of talks
- `people`, `speakers`, `sponsors`: who attends, who speaks, and who pays
- `programme`, `venues`: what happens when and where
- `attendance`: who sits in which session, and for how long
- `payload`: the JSON of time spent, in the generations that Zuddl sends
- `conference`: only time spent, as one stream of deliveries, and their number beforehand
- `guests`: who is invited to an event or registers, and what becomes of them
- `moments`: what happens, to whom and when
- `registering`, `attending`, `visiting`, `leads`, `afterwards`: the moments, from the invitation to the recording
- `targets`, `delivery`: the JSON of what moments are about, and of whole deliveries
- `organisation`: all actions as one stream of deliveries, and their number beforehand
- `command`: the command line
"""
