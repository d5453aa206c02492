-- How many events of each name, outcome and reason: DuckDB's and, but for the source, chDB's one count.
SELECT event, success, error, count(*) AS events FROM events GROUP BY event, success, error;
