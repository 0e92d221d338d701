"""What each page draws, as queries that keep to the visitor's filters: a module for each subject."""
