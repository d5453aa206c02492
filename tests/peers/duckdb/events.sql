-- The writer's lines as a table, and what METRICS make of a line: family, outcome, subject. `log` is a variable.
SET TimeZone = 'UTC';
CREATE OR REPLACE TEMP TABLE events AS
SELECT
    event, "timestamp"::TIMESTAMPTZ AS time, success, error,
    coalesce("userId", lower(email)) AS subject, lower(email) AS email,
    metadata."clientId" AS client, metadata."method" AS login_method, metadata.ip AS ip,
    metadata."tokenType" AS token_type, metadata."grantType" AS "grant", metadata."source" AS "source",
    metadata.jti AS token, metadata."familyId" AS family_of_token, lower(metadata.severity) AS severity,
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
    -- The field, else the name, else the status, else a reason; what is left open stays open.
    CASE
        WHEN success IS NOT NULL THEN success
        WHEN family IN ('invalid', 'security') OR event = 'scope.violation' THEN false
        WHEN family IN ('issue', 'use') OR event IN ('auth.logout', 'scope.validated') THEN true
        WHEN metadata.status IS NOT NULL THEN metadata.status < 400
        WHEN error IS NOT NULL THEN false
    END AS ok,
    -- A length of time in seconds: a number of them, or with a unit.
    CASE
        WHEN regexp_full_match(expires_in, '[0-9]+') THEN expires_in::BIGINT
        WHEN regexp_full_match(expires_in, '[0-9]+[smhd]') THEN left(expires_in, -1)::BIGINT *
            CASE right(expires_in, 1) WHEN 's' THEN 1 WHEN 'm' THEN 60 WHEN 'h' THEN 3600 ELSE 86400 END
    END AS lifetime
FROM read_ndjson(getvariable('log'), columns = {
    event: 'VARCHAR', "timestamp": 'VARCHAR', "userId": 'VARCHAR', email: 'VARCHAR', success: 'BOOLEAN',
    error: 'VARCHAR', metadata: 'STRUCT("clientId" VARCHAR, "method" VARCHAR, ip VARCHAR, "tokenType" VARCHAR,
        "grantType" VARCHAR, "source" VARCHAR, "expiresIn" VARCHAR, jti VARCHAR, "familyId" VARCHAR,
        severity VARCHAR, status BIGINT)'
});
