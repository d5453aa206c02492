-- The writer's lines as a table, and what METRICS make of a line: family, outcome, subject. `log` is a variable.
SET TimeZone = 'UTC';
CREATE TEMP TABLE events AS
SELECT
    event, "timestamp"::TIMESTAMPTZ AS time, success, error,
    coalesce("userId", lower(email)) AS subject, lower(email) AS email,
    metadata."clientId" AS client, metadata."method" AS login_method, metadata.ip AS ip,
    metadata."tokenType" AS token_type, metadata."grantType" AS "grant", metadata."source" AS "source",
    metadata."expiresIn" AS expires_in,
    CASE
        WHEN starts_with(event, 'otp.') THEN 'otp'
        WHEN event IN ('auth.login', 'auth.logout') THEN 'login'
        WHEN event IN ('token.generated', 'token.issued') THEN 'issue'
        WHEN event = 'token.refresh' THEN 'refresh'
        WHEN event IN ('token.userinfo_accessed', 'token.used', 'api_token.used') THEN 'use'
        WHEN event IN ('token.revoked', 'token.expired') THEN 'end'
        WHEN event IN ('token.validation_failed', 'token.pkce_failed', 'token.code_invalid', 'token.client_invalid')
            THEN 'invalid'
        WHEN event IN ('scope.validated', 'scope.violation') THEN 'scope'
        WHEN event IN ('rate_limit.exceeded', 'suspicious_activity') THEN 'security'
        ELSE 'other'
    END AS family,
    -- The field, else the name, else a reason; what is left open stays open.
    CASE
        WHEN success IS NOT NULL THEN success
        WHEN family IN ('invalid', 'security') OR event = 'scope.violation' THEN false
        WHEN family IN ('issue', 'use') OR event IN ('auth.logout', 'scope.validated') THEN true
        WHEN error IS NOT NULL THEN false
    END AS ok,
    -- A length of time in seconds, of a number and a unit.
    CASE right(expires_in, 1)
        WHEN 's' THEN 1 WHEN 'm' THEN 60 WHEN 'h' THEN 3600 WHEN 'd' THEN 86400
    END * left(expires_in, -1)::BIGINT AS lifetime
FROM read_ndjson(getvariable('log'), columns = {
    event: 'VARCHAR', "timestamp": 'VARCHAR', "userId": 'VARCHAR', email: 'VARCHAR', success: 'BOOLEAN',
    error: 'VARCHAR', metadata: 'STRUCT("clientId" VARCHAR, "method" VARCHAR, ip VARCHAR, "tokenType" VARCHAR,
        "grantType" VARCHAR, "source" VARCHAR, "expiresIn" VARCHAR, attempts BIGINT)'
});
