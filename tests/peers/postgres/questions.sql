-- What the seeds' systems ask of their tables. Variables are psql's; the session's time zone is set before each.

-- name: token stats
SELECT * FROM get_token_stats(:'from', :'to', NULLIF(:'client', ''));

-- name: token stats of a day
-- By the clocks of the session's zone; the function takes the last microsecond too.
SELECT * FROM get_token_stats(:'day'::TIMESTAMP::TIMESTAMPTZ,
  (:'day'::TIMESTAMP + INTERVAL '1 day')::TIMESTAMPTZ - INTERVAL '1 microsecond', NULL);

-- name: by day
SELECT date::text AS start,
  sum(count) FILTER (WHERE action LIKE 'token.issued.%') AS issued,
  sum(count) FILTER (WHERE action = 'token.refreshed') AS refreshed,
  sum(count) FILTER (WHERE action LIKE 'token.%failed%') AS failed
FROM token_analytics GROUP BY date ORDER BY date DESC;

-- name: by week
SELECT date_trunc('week', date)::date::text AS start,
  sum(count) FILTER (WHERE action LIKE 'token.issued.%') AS issued,
  sum(count) FILTER (WHERE action = 'token.refreshed') AS refreshed,
  sum(count) FILTER (WHERE action LIKE 'token.%failed%') AS failed
FROM token_analytics GROUP BY 1 ORDER BY 1 DESC;

-- name: by month
SELECT date_trunc('month', date)::date::text AS start,
  sum(count) FILTER (WHERE action LIKE 'token.issued.%') AS issued,
  sum(count) FILTER (WHERE action = 'token.refreshed') AS refreshed,
  sum(count) FILTER (WHERE action LIKE 'token.%failed%') AS failed
FROM token_analytics GROUP BY 1 ORDER BY 1 DESC;

-- name: by client
SELECT client_id AS client,
  sum(count) FILTER (WHERE action LIKE 'token.issued.%') AS issued,
  sum(count) FILTER (WHERE action = 'token.refreshed') AS refreshed,
  sum(count) FILTER (WHERE action LIKE 'token.%failed%') AS failed
FROM token_analytics GROUP BY client_id;

-- name: by grant
-- Where the column of details is empty, the action says it.
SELECT coalesce(grant_type, substr(action, length('token.issued.') + 1)) AS grant, sum(count) AS issued
FROM token_analytics WHERE action LIKE 'token.issued.%' GROUP BY 1;

-- name: other facts
SELECT count(*) FILTER (WHERE action = 'token.userinfo_accessed') AS userinfo,
  count(*) FILTER (WHERE action = 'token.expired') AS expired
FROM audit_logs WHERE action LIKE 'token.%';

-- name: activity
-- The document's query; rows as old as the last one come too, since it leaves their order open.
SELECT created_at AS time, action, details->>'client_id' AS client, user_id AS user,
  nullif(details->>'ip_address', '') AS ip, nullif(details->>'error', '') AS reason
FROM audit_logs
WHERE action LIKE 'token.%' AND (:'client' = '' OR details->>'client_id' = :'client')
ORDER BY created_at DESC FETCH FIRST 50 ROWS WITH TIES;

-- name: refresh usage rate
SELECT count(*) FILTER (WHERE action = 'token.issued.refresh_token') AS part, count(*) AS whole
FROM audit_logs WHERE action LIKE 'token.issued.%';

-- name: failed authentication rate
SELECT count(*) FILTER (WHERE action LIKE 'token.%failed%' OR details->>'success' = 'false') AS part, count(*) AS whole
FROM audit_logs WHERE action LIKE 'token.%failed%' OR action = 'auth.login';

-- name: most active users
SELECT user_id AS user, count(*) AS events,
  count(*) FILTER (WHERE action = 'auth.login' AND details->>'success' = 'true') AS logins_ok,
  count(*) FILTER (WHERE action = 'auth.login' AND details->>'success' = 'false') AS logins_failed,
  count(*) FILTER (WHERE action LIKE 'token.issued.%') AS issued,
  count(*) FILTER (WHERE action = 'token.refreshed') AS refreshes,
  min(created_at) AS first_seen, max(created_at) AS last_seen
FROM audit_logs WHERE user_id IS NOT NULL GROUP BY user_id ORDER BY events DESC, user_id COLLATE "C" LIMIT :top;

-- name: most active clients
SELECT details->>'client_id' AS client, count(*) AS events,
  count(*) FILTER (WHERE action = 'auth.login' AND details->>'success' = 'true') AS logins_ok,
  count(*) FILTER (WHERE action = 'auth.login' AND details->>'success' = 'false') AS logins_failed,
  count(*) FILTER (WHERE action LIKE 'token.issued.%') AS issued,
  count(*) FILTER (WHERE action = 'token.refreshed') AS refreshes,
  min(created_at) AS first_seen, max(created_at) AS last_seen
FROM audit_logs WHERE details->>'client_id' IS NOT NULL
GROUP BY details->>'client_id' ORDER BY events DESC, (details->>'client_id') COLLATE "C" LIMIT :top;

-- name: distinct
SELECT count(DISTINCT user_id) AS users, count(DISTINCT details->>'client_id') AS clients FROM audit_logs;

-- name: peak hours
SELECT date_part('hour', created_at AT TIME ZONE :'zone')::int AS hour, count(*) AS events,
  count(*) FILTER (WHERE action LIKE 'token.%failed%' OR details->>'success' = 'false') AS failures
FROM audit_logs GROUP BY 1 ORDER BY 1;

-- name: peak days
SELECT date_part('isodow', created_at AT TIME ZONE :'zone')::int AS day, count(*) AS events,
  count(*) FILTER (WHERE action LIKE 'token.%failed%' OR details->>'success' = 'false') AS failures
FROM audit_logs GROUP BY 1 ORDER BY 1;

-- name: token usage stats
SELECT count(*) AS issued,
  count(*) FILTER (WHERE expires_at > :'now') AS active,
  count(*) FILTER (WHERE expires_at <= :'now') AS ended,
  -- The mean of intervals would be cut off after the microsecond.
  avg(extract(epoch FROM expires_at - created_at))::float8 AS mean_lifetime,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM expires_at - created_at)::float8) AS lifetime_p50
FROM oauth_access_tokens WHERE created_at BETWEEN :'from' AND :'to';

-- name: tokens by client
SELECT oauth_clients.name AS client, count(*) AS issued
FROM oauth_access_tokens JOIN oauth_clients ON oauth_clients.id = oauth_client_id
WHERE created_at BETWEEN :'from' AND :'to' GROUP BY oauth_clients.name;

-- name: usage by token
SELECT token_id AS token, count(*) AS requests,
  count(*) FILTER (WHERE response_status < 400) AS ok, count(*) FILTER (WHERE response_status >= 400) AS failed,
  count(DISTINCT endpoint) AS endpoints, max(timestamp) AS last_used,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY processing_time) / 1000.0 AS duration_p50,
  percentile_disc(0.95) WITHIN GROUP (ORDER BY processing_time) / 1000.0 AS duration_p95
FROM api_token_usage
WHERE timestamp BETWEEN :'from' AND :'to' AND (:'tenant' = '' OR tenant_id = :'tenant')
  AND (:'owner' = '' OR user_id = :'owner')
GROUP BY token_id ORDER BY requests DESC, token_id COLLATE "C";

-- name: usage page
-- Rows of one time in the order of what they say.
SELECT timestamp AS time, endpoint, method, response_status AS status, processing_time / 1000.0 AS duration,
  ip_address AS ip, nullif(user_agent, '') AS user_agent, CASE WHEN response_status < 400 THEN 'ok' ELSE 'failed' END AS outcome
FROM api_token_usage
WHERE token_id = :'token' AND timestamp BETWEEN :'from' AND :'to' AND (:'owner' = '' OR user_id = :'owner')
ORDER BY timestamp DESC, endpoint COLLATE "C", method, response_status::text COLLATE "C",
  processing_time::text COLLATE "C" NULLS FIRST, ip_address COLLATE "C", nullif(user_agent, '') COLLATE "C" NULLS FIRST
LIMIT :limit OFFSET (:page - 1) * :limit;

-- name: usage total
SELECT count(*) AS total, ceil(count(*)::numeric / :limit)::int AS pages
FROM api_token_usage
WHERE token_id = :'token' AND timestamp BETWEEN :'from' AND :'to' AND (:'owner' = '' OR user_id = :'owner');

-- name: bounds
SELECT (extract(epoch FROM min(created_at)) * 1000000)::bigint AS first,
  (extract(epoch FROM max(created_at)) * 1000000)::bigint AS last,
  (extract(epoch FROM percentile_disc(0.4) WITHIN GROUP (ORDER BY created_at)) * 1000000)::bigint AS early,
  (extract(epoch FROM percentile_disc(0.6) WITHIN GROUP (ORDER BY created_at)) * 1000000)::bigint AS late,
  (SELECT (extract(epoch FROM created_at) * 1000000)::bigint FROM audit_logs
    WHERE action LIKE 'token.%' GROUP BY created_at ORDER BY count(*) DESC, created_at LIMIT 1) AS crowded,
  (SELECT (extract(epoch FROM expires_at) * 1000000)::bigint FROM oauth_access_tokens
    WHERE expires_at IS NOT NULL ORDER BY abs(extract(epoch FROM expires_at - '2025-03-01')) LIMIT 1) AS expiry
FROM audit_logs;

-- name: export
SELECT a.* FROM audit_logs a ORDER BY id;
