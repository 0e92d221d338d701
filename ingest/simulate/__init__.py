"""A made-up conference to try the product with: believable, and always the same for the same seed.

- `countries`, `vocabulary`: the words, from people's names to titles of talks
- `people`, `speakers`: who attends, and who speaks
- `programme`: what happens when and where
- `attendance`: who sits in which session, and for how long
- `payload`: the JSON, in the generations that Zuddl sends
- `conference`: all of it as one stream of deliveries, and their number beforehand
- `command`: the command line
"""
