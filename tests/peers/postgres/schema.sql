-- The tables of the seeds' systems, as far as their documents describe them, and the rows of rows.py.
CREATE TABLE audit_logs (
  id BIGINT PRIMARY KEY,
  user_id TEXT,
  action TEXT NOT NULL,
  resource_type TEXT,
  resource_id TEXT,
  details JSONB,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE oauth_clients (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE oauth_access_tokens (
  id BIGINT PRIMARY KEY,
  oauth_client_id BIGINT NOT NULL REFERENCES oauth_clients,
  user_id TEXT,
  expires_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE api_token_usage (
  id BIGINT PRIMARY KEY,
  token_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  method TEXT NOT NULL,
  timestamp TIMESTAMPTZ NOT NULL,
  response_status INT NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  processing_time INT,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL
);

CREATE TEMPORARY TABLE tokens_of_clients (id BIGINT, client TEXT, user_id TEXT, expires_at TIMESTAMPTZ, created_at TIMESTAMPTZ);

\copy audit_logs FROM 'audit_logs.csv' WITH (FORMAT csv, NULL '\N')
\copy api_token_usage FROM 'api_token_usage.csv' WITH (FORMAT csv, NULL '\N')
\copy tokens_of_clients FROM 'oauth_access_tokens.csv' WITH (FORMAT csv, NULL '\N')

INSERT INTO oauth_clients (name) SELECT DISTINCT client FROM tokens_of_clients;
INSERT INTO oauth_access_tokens
  SELECT t.id, c.id, t.user_id, t.expires_at, t.created_at
  FROM tokens_of_clients t JOIN oauth_clients c ON c.name = t.client;
ANALYZE;
