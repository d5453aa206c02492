-- The view and the function of the document on token audits, word for word.
-- Create view for token analytics
CREATE OR REPLACE VIEW token_analytics AS
SELECT 
  DATE(created_at) as date,
  action,
  details->>'client_id' as client_id,
  details->>'grant_type' as grant_type,
  COUNT(*) as count
FROM audit_logs
WHERE action LIKE 'token.%'
GROUP BY DATE(created_at), action, details->>'client_id', details->>'grant_type';

-- Create function for token stats
CREATE OR REPLACE FUNCTION get_token_stats(
  p_start_date TIMESTAMPTZ,
  p_end_date TIMESTAMPTZ,
  p_client_id TEXT DEFAULT NULL
)
RETURNS TABLE (
  total_issued BIGINT,
  total_refreshed BIGINT,
  total_failed BIGINT,
  unique_users BIGINT,
  unique_clients BIGINT
) AS $$
BEGIN
  RETURN QUERY
  SELECT
    COUNT(*) FILTER (WHERE action LIKE 'token.issued.%') as total_issued,
    COUNT(*) FILTER (WHERE action = 'token.refreshed') as total_refreshed,
    COUNT(*) FILTER (WHERE action LIKE 'token.%failed%') as total_failed,
    COUNT(DISTINCT user_id) as unique_users,
    COUNT(DISTINCT details->>'client_id') as unique_clients
  FROM audit_logs
  WHERE 
    action LIKE 'token.%'
    AND created_at >= p_start_date
    AND created_at <= p_end_date
    AND (p_client_id IS NULL OR details->>'client_id' = p_client_id);
END;
$$ LANGUAGE plpgsql;
