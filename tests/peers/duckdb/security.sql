-- What is refused, suspected or fails at the door: as severe as it says, else as its kind is.

-- name: security
WITH security AS (
    SELECT *, CASE
            WHEN severity IN ('emergency', 'emerg', 'alert', 'critical', 'crit', 'fatal') THEN 'critical'
            WHEN severity IN ('error', 'err', 'high') THEN 'high'
            WHEN severity IN ('warning', 'warn', 'medium') THEN 'medium'
            WHEN severity IN ('notice', 'low') THEN 'low'
            WHEN severity IN ('info', 'informational', 'debug', 'trace') THEN 'info'
            WHEN event = 'suspicious_activity' THEN 'high'
            WHEN event = 'auth.login' THEN 'low'
            WHEN event = 'scope.validated' AND ok IS NOT false THEN 'info'
            ELSE 'medium'
        END AS how_severe
    FROM events WHERE family IN ('invalid', 'scope', 'security') OR (event = 'auth.login' AND NOT ok))
SELECT event, how_severe AS severity, count(*) AS count FROM security GROUP BY ALL;

-- name: security by kind
SELECT event, count(*) AS count, count(DISTINCT subject) AS users
FROM events WHERE family IN ('invalid', 'scope', 'security') OR (event = 'auth.login' AND NOT ok) GROUP BY event;

-- name: recent security events
-- Scope checks that passed are left out; those of the oldest time come all.
WITH security AS (
    SELECT epoch_us(time) AS time, event, client, subject AS user, ip, error AS reason
    FROM events
    WHERE (family IN ('invalid', 'scope', 'security') OR (event = 'auth.login' AND NOT ok))
        AND NOT (event = 'scope.validated' AND ok IS NOT false))
SELECT * FROM security QUALIFY rank() OVER (ORDER BY time DESC NULLS LAST) <= 50;
