"""Sections: parts of pages that several pages share."""
