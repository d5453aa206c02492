-- The funnel of one-time passwords. What belongs to a success is the latest otp.sent of the address, an hour ago at most.

-- name: otp
SELECT count(*) FILTER (event = 'otp.generated' AND ok IS NOT false) AS generated,
    count(*) FILTER (event = 'otp.sent' AND ok) AS sent, count(*) FILTER (event = 'otp.sent' AND NOT ok) AS send_failed,
    count(*) FILTER (event = 'otp.sent' AND ok IS NULL) AS send_unknown,
    count(*) FILTER (event = 'otp.verification' AND ok) AS verified,
    count(*) FILTER (event = 'otp.verification' AND NOT ok) AS verify_failed,
    count(*) FILTER (event = 'otp.verification' AND ok IS NULL) AS verify_unknown
FROM events;

-- name: otp by domain
SELECT nullif(split_part(email, '@', -1), email) AS domain, count(*) FILTER (event = 'otp.sent') AS sent,
    count(*) FILTER (event = 'otp.verification') AS verified
FROM events WHERE event IN ('otp.sent', 'otp.verification') AND ok GROUP BY ALL;

-- name: time to verify
WITH proofs AS (
    SELECT epoch_us(success.time) - epoch_us(sent.time) AS waited
    FROM (SELECT * FROM events WHERE event = 'otp.verification' AND ok) AS success
    ASOF JOIN (SELECT * FROM events WHERE event = 'otp.sent' AND ok) AS sent
    ON success.email = sent.email AND success.time >= sent.time)
SELECT quantile_disc(waited, 0.5) AS p50, quantile_disc(waited, 0.95) AS p95, count(*) AS proofs
FROM proofs WHERE waited <= 3_600_000_000;

-- name: attempts
WITH success AS (
    SELECT row_number() OVER () AS number, email, time FROM events WHERE event = 'otp.verification' AND ok),
proofs AS (
    SELECT success.number, success.email, success.time, sent.time AS since
    FROM success ASOF LEFT JOIN (SELECT * FROM events WHERE event = 'otp.sent' AND ok) AS sent
    ON success.email = sent.email AND success.time >= sent.time),
needed AS (
    SELECT number, since >= proofs.time - INTERVAL 1 HOUR AS known, count(failure.time) AS failures
    FROM proofs LEFT JOIN (SELECT * FROM events WHERE event = 'otp.verification' AND NOT ok) AS failure
    ON failure.email = proofs.email AND failure.time BETWEEN since AND proofs.time
    GROUP BY ALL)
SELECT CASE WHEN known THEN least(failures + 1, 100) END AS attempts, count(*) AS count FROM needed GROUP BY 1;
