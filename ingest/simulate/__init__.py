"""A made-up conference, believable and always the same for the same seed, to try the product with.

- `countries`, `vocabulary`: the words, from people's names to titles of talks
- `people`, `speakers`: who attends, and who speaks
- `programme`: what happens when and where
- `attendance`: who sits in which session, and for how long
- `payload`: the JSON, in the generations that Zuddl sends
- `conference`: all of it as one stream of deliveries, and how many these will be
- `command`: the command line
"""
