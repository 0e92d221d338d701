"""Blanks: the characters that count as nothing at the ends of a text, everywhere."""

# Unicode's white space (its property White_Space). polars strips exactly these, too. Not among them: the zero-width
# space U+200B, and the separators U+001C to U+001F, which Python counts as space.
BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
