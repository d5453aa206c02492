-- What `authmeter report` answers by default on a log of the writer, in DuckDB: the log is parsed once, into columns of
-- their own types and no more of them than the answers need, and six aggregates follow. `log` and `every` (the width
-- of the timeline) are variables.
CREATE OR REPLACE TEMP TABLE events AS
SELECT
    event,
    "timestamp"::TIMESTAMP AS time,
    coalesce("userId", lower(email)) AS subject,
    coalesce(success, CASE
        WHEN event IN ('token.validation_failed', 'token.pkce_failed', 'token.code_invalid', 'token.client_invalid',
                       'scope.violation', 'rate_limit.exceeded', 'suspicious_activity') THEN false
        WHEN event IN ('auth.logout', 'token.generated', 'token.issued', 'token.userinfo_accessed', 'token.used',
                       'scope.validated') THEN true
        WHEN error IS NOT NULL THEN false
    END) AS ok,
    error,
    metadata."clientId" AS client,
    metadata."method" AS login_method,
    metadata."tokenType" AS token_type
FROM read_ndjson(getvariable('log'), columns = {
    event: 'VARCHAR', "timestamp": 'VARCHAR', "userId": 'VARCHAR', email: 'VARCHAR', success: 'BOOLEAN',
    error: 'VARCHAR', metadata: 'STRUCT("clientId" VARCHAR, "method" VARCHAR, "tokenType" VARCHAR)'
});

-- name: kinds
SELECT event, ok, error, token_type = 'refresh' AS refresh_token, count(*) FROM events GROUP BY ALL;

-- Of logins, everyone who tried; of refreshes, who succeeded.
-- name: subjects
SELECT event, count(DISTINCT subject) FROM events WHERE event = 'auth.login' OR (event = 'token.refresh' AND ok)
GROUP BY ALL;

-- name: hours
SELECT hour(time), ok, count(*) FROM events WHERE event = 'token.refresh' GROUP BY ALL;

-- name: clients
SELECT event, client, ok, count(*) FROM events WHERE event IN ('auth.login', 'token.refresh') GROUP BY ALL;

-- name: methods
SELECT login_method, ok, count(*) FROM events WHERE event = 'auth.login' GROUP BY ALL;

-- name: buckets
SELECT
    strftime(date_trunc(getvariable('every'), time), '%Y-%m-%dT00:00:00.000Z'),
    count(*),
    count(*) FILTER (event = 'auth.login' AND ok),
    count(*) FILTER (event = 'auth.login' AND NOT ok),
    count(*) FILTER (event = 'token.refresh'),
    count(*) FILTER (NOT ok),
    count(DISTINCT subject),
    strftime(min(time), '%Y-%m-%dT%H:%M:%S.%gZ'),
    strftime(max(time), '%Y-%m-%dT%H:%M:%S.%gZ')
FROM events GROUP BY 1;
