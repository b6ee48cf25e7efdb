-- A copy of the database must not ask other people's servers again and again.
UPDATE social_source SET state = 'paused' WHERE state = 'active';
-- Nor with the original's keys.
UPDATE social_account SET login = NULL, secret = NULL;
-- The addresses of feeds may hold keys, too, and hold them behind the question mark.
UPDATE social_source SET address = split_part(address, '?', 1) WHERE connector = 'feed';
-- Nor may it answer anybody.
UPDATE social_answer SET state = 'failed' WHERE state = 'sending';
-- Its links must not act on the original's persons, nor the original's links on the copy: without
-- the secret no link is read, and the next one is made with a new secret.
DELETE FROM ir_config_parameter WHERE key = 'social_consent_monitoring.link_secret';
-- Nor what waits for a person who is on the way back from another server.
DELETE FROM social_handle_proof;
