-- A warehouse of schema version 9: its tables, and the rows that the release before made of several kinds of action.
SET TimeZone = 'UTC';
CREATE SCHEMA raw;
CREATE SCHEMA staging;
CREATE SCHEMA surrogate_keys;
CREATE TABLE main.attendees (event_id VARCHAR, registration_id VARCHAR, actor_id VARCHAR, first_name VARCHAR, last_name VARCHAR, email VARCHAR, company VARCHAR, designation VARCHAR, headline VARCHAR, industry VARCHAR, country VARCHAR);
INSERT INTO main.attendees VALUES
('conf', 'ann', 'ann-actor', 'Ann', NULL, 'ann@example.org', 'Sample  Foods', NULL, NULL, NULL, NULL),
('conf', 'bob', 'bob-actor', 'Bob', NULL, 'bob@example.org', 'sample foods', NULL, NULL, NULL, NULL);
CREATE TABLE main.attendee_engagement (event_id VARCHAR, registration_id VARCHAR, first_name VARCHAR, last_name VARCHAR, email VARCHAR, company VARCHAR, designation VARCHAR, industry VARCHAR, country VARCHAR, session_count BIGINT, total_minutes DOUBLE, mean_completion DOUBLE, top_tag VARCHAR, engagement_score DOUBLE, engagement_rank BIGINT);
INSERT INTO main.attendee_engagement VALUES
('conf', 'ann', 'Ann', NULL, 'ann@example.org', 'Sample  Foods', NULL, NULL, NULL, '1', '55.0', '0.9166666666666666', 'data', '100.0', '1'),
('conf', 'bob', 'Bob', NULL, 'bob@example.org', 'sample foods', NULL, NULL, NULL, '1', '12.5', '0.20833333333333334', 'data', '70.0', '2');
CREATE TABLE main.events (event_id VARCHAR, organization_id VARCHAR, event_name VARCHAR);
INSERT INTO main.events VALUES
('conf', 'org', 'Conference');
CREATE TABLE main.event_engagement (event_id VARCHAR, organization_id VARCHAR, event_name VARCHAR, session_count BIGINT, attendee_count BIGINT, total_minutes DOUBLE, mean_minutes_per_attendee DOUBLE, mean_sessions_per_attendee DOUBLE);
INSERT INTO main.event_engagement VALUES
('conf', 'org', 'Conference', '1', '2', '67.5', '33.75', '1.0');
CREATE TABLE main.sessions (session_id VARCHAR, event_id VARCHAR, session_title VARCHAR, session_description VARCHAR, starts_at TIMESTAMP WITH TIME ZONE, ends_at TIMESTAMP WITH TIME ZONE, scheduled_minutes DOUBLE, location_id VARCHAR, location_name VARCHAR, location_type VARCHAR);
INSERT INTO main.sessions VALUES
('talk', 'conf', 'Talk', NULL, '2025-09-18 09:00:00+00', '2025-09-18 10:00:00+00', '60.0', 'hall', 'Hall', 'STAGE');
CREATE TABLE main.session_engagement (event_id VARCHAR, session_id VARCHAR, session_title VARCHAR, starts_at TIMESTAMP WITH TIME ZONE, ends_at TIMESTAMP WITH TIME ZONE, scheduled_minutes DOUBLE, location_name VARCHAR, attendee_count BIGINT, total_minutes DOUBLE, mean_minutes DOUBLE, median_minutes DOUBLE, p90_minutes DOUBLE, mean_completion DOUBLE, full_stay_rate DOUBLE, early_exit_rate DOUBLE);
INSERT INTO main.session_engagement VALUES
('conf', 'talk', 'Talk', '2025-09-18 09:00:00+00', '2025-09-18 10:00:00+00', '60.0', 'Hall', '2', '67.5', '33.75', '33.75', '50.75', '0.5625', '0.5', '0.5');
CREATE TABLE main.session_speakers (event_id VARCHAR, session_id VARCHAR, speaker_id VARCHAR, speaker_url VARCHAR);
INSERT INTO main.session_speakers VALUES
('conf', 'talk', 'sue', NULL);
CREATE TABLE main.session_sponsors (event_id VARCHAR, session_id VARCHAR, sponsor_id VARCHAR, sponsor_url VARCHAR);
INSERT INTO main.session_sponsors VALUES
('conf', 'talk', 'acme', NULL);
CREATE TABLE main.session_tags (event_id VARCHAR, session_id VARCHAR, tag VARCHAR);
INSERT INTO main.session_tags VALUES
('conf', 'talk', 'data');
CREATE TABLE main.speakers (speaker_id VARCHAR, speaker_name VARCHAR);
INSERT INTO main.speakers VALUES
('sue', NULL);
CREATE TABLE main.speaker_engagement (event_id VARCHAR, speaker_id VARCHAR, speaker_name VARCHAR, session_count BIGINT, attendee_count BIGINT, total_minutes DOUBLE, split_minutes DOUBLE, mean_minutes DOUBLE);
INSERT INTO main.speaker_engagement VALUES
('conf', 'sue', NULL, '1', '2', '67.5', '67.5', '33.75');
CREATE TABLE main.tag_engagement (event_id VARCHAR, tag VARCHAR, session_count BIGINT, attendee_count BIGINT, total_minutes DOUBLE, split_minutes DOUBLE, mean_minutes DOUBLE);
INSERT INTO main.tag_engagement VALUES
('conf', 'data', '1', '2', '67.5', '67.5', '33.75');
CREATE TABLE main.time_spent (event_id VARCHAR, session_id VARCHAR, registration_id VARCHAR, minutes_spent DOUBLE, action_id VARCHAR, action_created_at TIMESTAMP WITH TIME ZONE, received_at TIMESTAMP WITH TIME ZONE);
INSERT INTO main.time_spent VALUES
('conf', 'talk', 'ann', '55.0', 'action-11', '2025-09-18 10:05:00+00', '2025-10-09 08:53:20.00001+00'),
('conf', 'talk', 'bob', '12.5', 'action-12', '2025-09-18 10:06:00+00', '2025-10-09 08:53:20.000011+00');
CREATE TABLE raw.deliveries (delivery_id BIGINT, action_id VARCHAR, action VARCHAR, received_at TIMESTAMP WITH TIME ZONE, body VARCHAR);
INSERT INTO raw.deliveries VALUES
('1', 'action-1', 'INVITED', '2025-10-09 08:53:20+00', '{"action": "INVITED", "actionId": "action-1", "actionCreatedAt": "2025-08-01T08:00:00Z", "actor": {"id": "sam-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}}'),
('2', 'action-2', 'REGISTERED', '2025-10-09 08:53:20.000001+00', '{"action": "REGISTERED", "actionId": "action-2", "actionCreatedAt": "2025-08-02T08:00:00Z", "actor": {"id": "ann-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}}'),
('3', 'action-3', 'REGISTERED', '2025-10-09 08:53:20.000002+00', '{"action": "REGISTERED", "actionId": "action-3", "actionCreatedAt": "2025-08-03T08:00:00Z", "actor": {"id": "bob-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "bob", "profile": {"firstName": "Bob", "email": "bob@example.org", "company": "sample foods"}}}'),
('4', 'action-4', 'REGISTERED', '2025-10-09 08:53:20.000003+00', '{"action": "REGISTERED", "actionId": "action-4", "actionCreatedAt": "2025-08-04T08:00:00Z", "actor": {"id": "cat-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "cat", "profile": {"firstName": "Cat", "email": "cat@example.org", "company": null}}}'),
('5', 'action-5', 'ATTENDED', '2025-10-09 08:53:20.000004+00', '{"action": "ATTENDED", "actionId": "action-5", "actionCreatedAt": "2025-09-18T08:30:00Z", "actor": {"id": "sam-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}}'),
('6', 'action-6', 'JOINED_SESSION', '2025-10-09 08:53:20.000005+00', '{"action": "JOINED_SESSION", "actionId": "action-6", "actionCreatedAt": "2025-09-18T09:01:00Z", "actor": {"id": "ann-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}, "session": {"id": "talk", "title": "Talk", "startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z", "format": "VIRTUAL", "tags": ["data"], "speakers": [{"speakerId": "sue"}], "sponsors": [{"sponsorId": "acme"}], "location": {"locationId": "hall", "locationName": "Hall", "type": "STAGE"}}}'),
('7', 'action-7', 'ASKED_QUESTION', '2025-10-09 08:53:20.000006+00', '{"action": "ASKED_QUESTION", "actionId": "action-7", "actionCreatedAt": "2025-09-18T09:20:00Z", "actor": {"id": "ann-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}, "session": {"id": "talk", "title": "Talk", "startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z", "format": "VIRTUAL", "tags": ["data"], "speakers": [{"speakerId": "sue"}], "sponsors": [{"sponsorId": "acme"}], "location": {"locationId": "hall", "locationName": "Hall", "type": "STAGE"}}, "question": {"id": "q", "question": "Does it scale?"}}'),
('8', 'action-8', 'CTA_CLICKED', '2025-10-09 08:53:20.000007+00', '{"action": "CTA_CLICKED", "actionId": "action-8", "actionCreatedAt": "2025-09-18T09:30:00Z", "actor": {"id": "ann-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}, "session": {"id": "talk", "title": "Talk", "startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z", "format": "VIRTUAL", "tags": ["data"], "speakers": [{"speakerId": "sue"}], "sponsors": [{"sponsorId": "acme"}], "location": {"locationId": "hall", "locationName": "Hall", "type": "STAGE"}}, "cta": {"id": "slides", "name": "Slides"}}'),
('9', 'action-9', 'TIME_SPENT_IN_BOOTH', '2025-10-09 08:53:20.000008+00', '{"action": "TIME_SPENT_IN_BOOTH", "actionId": "action-9", "actionCreatedAt": "2025-09-18T11:00:00Z", "actor": {"id": "ann-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}, "booth": {"id": "stand", "name": "Stand"}, "timeSpentInMinutes": 7}'),
('10', 'action-10', 'LEAD_ADDED', '2025-10-09 08:53:20.000009+00', '{"action": "LEAD_ADDED", "actionId": "action-10", "actionCreatedAt": "2025-09-18T11:05:00Z", "actor": {"id": "sam-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "lead": {"id": "lead", "firstName": "Noor", "email": "noor@example.org", "company": "Buyers", "rating": 5, "leadStatus": "QUALIFIED", "leadAddedByName": "Sam", "createdAt": "2025-09-18T11:05:00Z"}}'),
('11', 'action-11', 'TIME_SPENT_IN_SESSION', '2025-10-09 08:53:20.00001+00', '{"action": "TIME_SPENT_IN_SESSION", "actionId": "action-11", "actionCreatedAt": "2025-09-18T10:05:00Z", "actor": {"id": "ann-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "ann", "profile": {"firstName": "Ann", "email": "ann@example.org", "company": "Sample  Foods"}, "attendanceType": "IN_PERSON", "ticketDetails": {"ticketName": "Early bird"}, "source": {"type": "LINK", "utmParams": {"source": "mail", "medium": "letter", "campaign": "autumn"}}, "customFieldsData": [{"fieldSlug": "diet", "value": "vegan"}]}, "session": {"id": "talk", "title": "Talk", "startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z", "format": "VIRTUAL", "tags": ["data"], "speakers": [{"speakerId": "sue"}], "sponsors": [{"sponsorId": "acme"}], "location": {"locationId": "hall", "locationName": "Hall", "type": "STAGE"}}, "timeSpentInMinutes": 55}'),
('12', 'action-12', 'TIME_SPENT_IN_SESSION', '2025-10-09 08:53:20.000011+00', '{"action": "TIME_SPENT_IN_SESSION", "actionId": "action-12", "actionCreatedAt": "2025-09-18T10:06:00Z", "actor": {"id": "bob-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": {"id": "bob", "profile": {"firstName": "Bob", "email": "bob@example.org", "company": "sample foods"}}, "session": {"id": "talk", "title": "Talk", "startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z", "format": "VIRTUAL", "tags": ["data"], "speakers": [{"speakerId": "sue"}], "sponsors": [{"sponsorId": "acme"}], "location": {"locationId": "hall", "locationName": "Hall", "type": "STAGE"}}, "timeSpentInMinutes": 12.5}'),
('13', 'action-13', 'EVENT_UPDATED', '2025-10-09 08:53:20.000012+00', '{"action": "EVENT_UPDATED", "actionId": "action-13", "actionCreatedAt": "2025-09-19T08:00:00Z", "actor": {"id": "sam-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference 2025", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}}'),
('14', 'action-14', 'FROM_2027', '2025-10-09 08:53:20.000013+00', '{"action": "FROM_2027", "actionId": "action-14", "actionCreatedAt": "2025-09-18T12:00:00Z", "actor": {"id": "bob-actor"}, "event": {"id": "conf", "organizationId": "org", "name": "Conference", "timezone": "Europe/Paris", "startDate": "2025-09-18T07:00:00Z", "endDate": "2025-09-18T16:00:00Z", "status": "PUBLISHED"}, "registration": [{"id": "bob", "profile": {"firstName": "Bob", "email": "bob@example.org", "company": "sample foods"}}], "session": "talk"}');
CREATE TABLE raw.loads (load_id BIGINT, loaded_at TIMESTAMP WITH TIME ZONE, delivery_count BIGINT, duplicate_count BIGINT, quarantine_count BIGINT, erased_count BIGINT, duration_seconds DOUBLE, inbox_positions MAP(VARCHAR, BIGINT));
INSERT INTO raw.loads VALUES
('1', '2026-11-28 08:59:01.532134+00', '12', '0', '0', '0', '6.647780361003242', '{6a0a02a3-da9a-471c-be59-ffc9dbec02a3=12}'),
('2', '2026-11-28 08:59:02.522404+00', '6', '1', '3', '0', '0.7644483620024403', '{6a0a02a3-da9a-471c-be59-ffc9dbec02a3=18}');
CREATE TABLE raw.quarantine (delivery_id BIGINT, action_id VARCHAR, received_at TIMESTAMP WITH TIME ZONE, reason VARCHAR, detail VARCHAR, body VARCHAR);
INSERT INTO raw.quarantine VALUES
('16', '7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf', '2025-10-09 08:53:20.000015+00', 'not_json', NULL, 'not json'),
('17', '51068209971d7c153038d58893a60b73a386c30e16aed5a4aa02439615ec91e9', '2025-10-09 08:53:20.000016+00', 'not_json', NULL, '{"action":"X","name":"Zo\xeb"}'),
('18', 'no-session', '2025-10-09 08:53:20.000017+00', 'missing_field', 'session.id', '{"action": "TIME_SPENT_IN_SESSION", "actionId": "no-session", "timeSpentInMinutes": 3}');
CREATE TABLE raw.schema_version (schema_version BIGINT);
INSERT INTO raw.schema_version VALUES
('9');
CREATE TABLE raw.settings (repeat_policy VARCHAR);
INSERT INTO raw.settings VALUES
('latest');
CREATE TABLE staging.actions (delivery_id BIGINT, action_created_at TIMESTAMP WITH TIME ZONE, event_id VARCHAR, session_id VARCHAR, registration_id VARCHAR, minutes_spent DOUBLE, session_version BIGINT, attendee_version BIGINT);
INSERT INTO staging.actions VALUES
('11', '2025-09-18 10:05:00+00', 'conf', 'talk', 'ann', '55.0', '6', '2'),
('12', '2025-09-18 10:06:00+00', 'conf', 'talk', 'bob', '12.5', '6', '3');
CREATE TABLE staging.action_keys (delivery_id BIGINT, action_key UINTEGER);
INSERT INTO staging.action_keys VALUES
('1', '112957045'),
('2', '1449612768'),
('3', '1757535982'),
('4', '2861334004'),
('5', '1086885115'),
('6', '1609730620'),
('7', '2602131990'),
('8', '3191145310'),
('9', '144570298'),
('10', '1841886591'),
('11', '2675891455'),
('12', '157195011'),
('13', '2952640381'),
('14', '2643692245'),
('16', '4187032266'),
('17', '1598910451'),
('18', '2196987021');
CREATE TABLE staging.attendee_versions (attendee_version BIGINT, actor_id VARCHAR, first_name VARCHAR, last_name VARCHAR, email VARCHAR, company VARCHAR, designation VARCHAR, headline VARCHAR, industry VARCHAR, country VARCHAR);
INSERT INTO staging.attendee_versions VALUES
('2', 'ann-actor', 'Ann', NULL, 'ann@example.org', 'Sample  Foods', NULL, NULL, NULL, NULL),
('3', 'bob-actor', 'Bob', NULL, 'bob@example.org', 'sample foods', NULL, NULL, NULL, NULL);
CREATE TABLE staging.field_faults (delivery_id BIGINT, field VARCHAR, fault VARCHAR);
CREATE TABLE staging.session_versions (session_version BIGINT, organization_id VARCHAR, event_name VARCHAR, session_title VARCHAR, session_description VARCHAR, starts_at TIMESTAMP WITH TIME ZONE, ends_at TIMESTAMP WITH TIME ZONE, location_id VARCHAR, location_name VARCHAR, location_type VARCHAR, speakers STRUCT(speaker_id VARCHAR, speaker_url VARCHAR)[], sponsors STRUCT(sponsor_id VARCHAR, sponsor_url VARCHAR)[], tags VARCHAR[]);
INSERT INTO staging.session_versions VALUES
('6', 'org', 'Conference', 'Talk', NULL, '2025-09-18 09:00:00+00', '2025-09-18 10:00:00+00', 'hall', 'Hall', 'STAGE', '[{''speaker_id'': sue, ''speaker_url'': NULL}]', '[{''sponsor_id'': acme, ''sponsor_url'': NULL}]', '[data]');
CREATE TABLE surrogate_keys.attendees (attendee_key INTEGER, event_id VARCHAR, registration_id VARCHAR, company VARCHAR, country VARCHAR, designation VARCHAR, industry VARCHAR);
INSERT INTO surrogate_keys.attendees VALUES
('1', 'conf', 'ann', 'Sample  Foods', NULL, NULL, NULL),
('2', 'conf', 'bob', 'sample foods', NULL, NULL, NULL);
CREATE TABLE surrogate_keys.sessions (session_key INTEGER, event_id VARCHAR, session_id VARCHAR);
INSERT INTO surrogate_keys.sessions VALUES
('1', 'conf', 'talk');
CREATE TABLE surrogate_keys.time_spent (session_key INTEGER, attendee_key INTEGER, minutes_spent DOUBLE);
INSERT INTO surrogate_keys.time_spent VALUES
('1', '1', '55.0'),
('1', '2', '12.5');
