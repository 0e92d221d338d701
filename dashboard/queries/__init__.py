"""SQL under the visitor's filters, one module a subject.

- `sessions`, `credited`, `attendees`: by session; by speaker or tag; by attendee and segment
- `overview`, `whole`: totals and events; all that the overview and the report share
- `audience`: who attended some sessions, by company, country and the like
- `comparison`: attendees of several events
- `choices`: what the filters offer
- `health`: deliveries, without the filters
- `provenance`: where the figures of a view come from, for the files that hold them
- `reach`, `exhibitor`: whom some sessions reached; a sponsor's booth, for the reports
"""
