-- A copy of the database must not ask other people's servers again and again.
UPDATE social_source SET state = 'paused' WHERE state = 'active';
