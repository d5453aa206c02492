-- Each report's numbers, by their definitions alone. `top`, `zone` and `now` are variables.

-- name: window
SELECT count(*) AS events, epoch_us(min(time)) AS first, epoch_us(max(time)) AS last FROM events;

-- name: logins
SELECT count(*) AS total, count(*) FILTER (ok) AS success, count(*) FILTER (NOT ok) AS failure,
    count(*) FILTER (ok IS NULL) AS "unknown", count(DISTINCT subject) AS users
FROM events WHERE event = 'auth.login';

-- name: logins by method
SELECT login_method AS method, count(*) FILTER (ok) AS success, count(*) FILTER (NOT ok) AS failure
FROM events WHERE event = 'auth.login' GROUP BY ALL;

-- name: logins by client
SELECT client, count(*) FILTER (ok) AS success, count(*) FILTER (NOT ok) AS failure
FROM events WHERE event = 'auth.login' GROUP BY ALL;

-- name: logins by reason
SELECT error AS reason, count(*) AS count FROM events WHERE event = 'auth.login' AND NOT ok GROUP BY ALL;

-- name: failures
SELECT count(*) FILTER (NOT ok) AS total, count(*) FILTER (NOT ok AND asked) AS part,
    count(*) FILTER (ok IS NOT NULL AND asked) AS whole,
    count(*) FILTER (NOT ok AND event = 'otp.verification.detail') AS otp_failures
FROM (SELECT *, event IN ('auth.login', 'otp.verification') OR family = 'invalid' AS asked FROM events);

-- name: failures by reason
SELECT event, error AS reason, count(*) AS count, sum(count(*)) OVER (PARTITION BY event)::BIGINT AS whole
FROM events WHERE NOT ok GROUP BY event, error;

-- name: failures of one-time passwords
SELECT error AS reason, count(*) AS count FROM events WHERE event = 'otp.verification.detail' AND NOT ok GROUP BY ALL;

-- name: refreshes
SELECT count(*) FILTER (refresh) AS total, count(*) FILTER (refresh AND ok) AS success,
    count(*) FILTER (refresh AND NOT ok) AS failure, count(*) FILTER (refresh AND ok IS NULL) AS "unknown",
    count(DISTINCT subject) FILTER (refresh AND ok) AS users,
    count(*) FILTER (event = 'auth.login' AND ok) AS logins,
    count(*) FILTER (issue AND token_type = 'refresh') AS tokens,
    -- Where no refresh tokens are issued, issues by that grant of all issues.
    CASE tokens WHEN 0 THEN count(*) FILTER (issue AND "grant" = 'refresh_token') ELSE count(*) FILTER (refresh AND ok) END AS used,
    CASE tokens WHEN 0 THEN count(*) FILTER (issue) ELSE tokens END AS issued
FROM (SELECT *, event = 'token.refresh' AS refresh, family = 'issue' AND ok IS NOT false AS issue FROM events);

-- name: reused
-- A failure that says so, or a token that comes again more than ten seconds after it was first refreshed.
WITH refreshes AS (
    SELECT *, min(time) FILTER (ok) OVER (PARTITION BY token, family_of_token) AS rotated
    FROM events WHERE event = 'token.refresh')
SELECT count(*) AS reused FROM refreshes
WHERE (NOT ok AND contains(lower(error), 'reuse')) OR (token IS NOT NULL AND time > rotated + INTERVAL 10 SECOND);

-- name: refreshes by reason
SELECT error AS reason, count(*) AS count FROM events WHERE event = 'token.refresh' AND NOT ok GROUP BY ALL;

-- name: refreshes by client
SELECT client, count(*) FILTER (ok) AS success, count(*) FILTER (NOT ok) AS failure
FROM events WHERE event = 'token.refresh' GROUP BY ALL;

-- name: refreshes by hour
SELECT hour(time AT TIME ZONE getvariable('zone')) AS hour, count(*) FILTER (ok) AS success,
    count(*) FILTER (NOT ok) AS failure
FROM events WHERE event = 'token.refresh' AND time IS NOT NULL AND ok IS NOT NULL GROUP BY ALL;

-- name: tokens
SELECT count(*) FILTER (family = 'issue' AND ok IS NOT false) AS issued,
    count(*) FILTER (family = 'refresh' AND ok) AS refreshed,
    count(*) FILTER (family = 'invalid' OR (family IN ('refresh', 'issue') AND NOT ok)) AS failed,
    count(*) FILTER (event = 'token.revoked' AND ok IS NOT false) AS revoked, count(*) FILTER (event = 'token.expired' AND ok IS NOT false) AS expired,
    count(*) FILTER (event = 'token.userinfo_accessed' AND ok IS NOT false) AS userinfo,
    count(DISTINCT subject) AS unique_users, count(DISTINCT client) AS unique_clients,
    count(*) FILTER (lives AND epoch_us(time) + 1_000_000 * lifetime > getvariable('now')) AS active,
    count(*) FILTER (lives AND epoch_us(time) + 1_000_000 * lifetime <= getvariable('now')) AS ended,
    round(sum(lifetime) FILTER (lives) / count(*) FILTER (lives), 6) AS mean_lifetime,
    quantile_disc(lifetime, 0.5) FILTER (lives) AS lifetime_p50
FROM (SELECT *, family = 'issue' AND ok IS NOT false AND lifetime IS NOT NULL AS lives FROM events)
WHERE family IN ('issue', 'refresh', 'end', 'invalid', 'use');

-- name: tokens by type
SELECT token_type AS type, count(*) AS issued FROM events WHERE family = 'issue' AND ok IS NOT false GROUP BY ALL;

-- name: tokens by source
SELECT "source", count(*) AS issued FROM events WHERE family = 'issue' AND ok IS NOT false GROUP BY ALL;

-- name: tokens by client
SELECT client, count(*) FILTER (family = 'issue' AND ok IS NOT false) AS issued,
    count(*) FILTER (family = 'refresh' AND ok) AS refreshed,
    count(*) FILTER (family = 'invalid' OR (family IN ('refresh', 'issue') AND NOT ok)) AS failed
FROM events WHERE family IN ('issue', 'refresh', 'end', 'invalid', 'use') GROUP BY ALL;

-- name: tokens by day
SELECT date_trunc('day', time AT TIME ZONE getvariable('zone'))::DATE::VARCHAR AS start,
    count(*) FILTER (family = 'issue' AND ok IS NOT false) AS issued,
    count(*) FILTER (family = 'refresh' AND ok) AS refreshed,
    count(*) FILTER (family = 'invalid' OR (family IN ('refresh', 'issue') AND NOT ok)) AS failed
FROM events WHERE family IN ('issue', 'refresh', 'end', 'invalid', 'use') AND time IS NOT NULL GROUP BY ALL
ORDER BY start DESC;

-- name: users
SELECT subject AS user, count(*) AS events, count(*) FILTER (event = 'auth.login' AND ok) AS logins_ok,
    count(*) FILTER (event = 'auth.login' AND NOT ok) AS logins_failed,
    count(*) FILTER (family = 'issue' AND ok IS NOT false) AS issued,
    count(*) FILTER (event = 'token.refresh') AS refreshes, epoch_us(min(time)) // 1000 AS first_seen,
    epoch_us(max(time)) // 1000 AS last_seen
FROM events WHERE subject IS NOT NULL GROUP BY 1 ORDER BY events DESC, 1 LIMIT getvariable('top');

-- name: clients
SELECT client, count(*) AS events, count(*) FILTER (event = 'auth.login' AND ok) AS logins_ok,
    count(*) FILTER (event = 'auth.login' AND NOT ok) AS logins_failed,
    count(*) FILTER (family = 'issue' AND ok IS NOT false) AS issued,
    count(*) FILTER (event = 'token.refresh') AS refreshes, epoch_us(min(time)) // 1000 AS first_seen,
    epoch_us(max(time)) // 1000 AS last_seen
FROM events WHERE client IS NOT NULL GROUP BY 1 ORDER BY events DESC, 1 LIMIT getvariable('top');

-- name: ips
SELECT ip, count(*) AS events, count(*) FILTER (event = 'auth.login' AND ok) AS logins_ok,
    count(*) FILTER (event = 'auth.login' AND NOT ok) AS logins_failed,
    count(*) FILTER (family = 'issue' AND ok IS NOT false) AS issued,
    count(*) FILTER (event = 'token.refresh') AS refreshes, epoch_us(min(time)) // 1000 AS first_seen,
    epoch_us(max(time)) // 1000 AS last_seen
FROM events WHERE ip IS NOT NULL GROUP BY 1 ORDER BY events DESC, 1 LIMIT getvariable('top');

-- name: distinct
SELECT count(DISTINCT subject) AS users, count(DISTINCT client) AS clients, count(DISTINCT ip) AS ips,
    count(*) FILTER (subject IS NULL) AS no_user, count(*) FILTER (client IS NULL) AS no_client,
    count(*) FILTER (ip IS NULL) AS no_ip
FROM events;

-- name: timeline by hour
-- Hours without events are rows too.
SELECT epoch_ms(start) AS start, count(time) AS events, count(time) FILTER (event = 'auth.login' AND ok) AS logins_ok,
    count(time) FILTER (event = 'auth.login' AND NOT ok) AS logins_failed,
    count(time) FILTER (event = 'token.refresh') AS refreshes, count(time) FILTER (NOT ok) AS failures,
    count(DISTINCT subject) AS subjects
FROM (SELECT unnest(generate_series(date_trunc('hour', min(time)), max(time), INTERVAL 1 HOUR)) AS start FROM events)
LEFT JOIN events ON date_trunc('hour', time) = start GROUP BY start ORDER BY start;

-- name: timeline by day
SELECT date_trunc('day', time AT TIME ZONE getvariable('zone'))::DATE::VARCHAR AS start, count(*) AS events,
    count(*) FILTER (event = 'auth.login' AND ok) AS logins_ok,
    count(*) FILTER (event = 'auth.login' AND NOT ok) AS logins_failed,
    count(*) FILTER (event = 'token.refresh') AS refreshes, count(*) FILTER (NOT ok) AS failures,
    count(DISTINCT subject) AS subjects
FROM events WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1;

-- name: peaks
SELECT hour(time AT TIME ZONE getvariable('zone')) AS hour, isodow(time AT TIME ZONE getvariable('zone')) AS day,
    count(*) AS events, count(*) FILTER (NOT ok) AS failures
FROM events WHERE time IS NOT NULL GROUP BY ALL ORDER BY ALL;

-- name: activity
WITH tokens AS (
    SELECT epoch_us(time) AS time, event, client, subject AS user, ip, error AS reason,
        CASE ok WHEN true THEN 'ok' WHEN false THEN 'failed' ELSE 'unknown' END AS outcome
    FROM events WHERE family IN ('issue', 'refresh', 'end', 'invalid', 'use') OR starts_with(event, 'token.'))
SELECT * FROM tokens QUALIFY rank() OVER (ORDER BY time DESC NULLS LAST) <= 50;
