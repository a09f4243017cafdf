-- A number stands in the feed once, at its last change.
DELETE FROM feed WHERE id NOT IN (SELECT max(id) FROM feed GROUP BY phone);
CREATE UNIQUE INDEX feed_phone ON feed (phone);
