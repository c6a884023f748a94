-- One row a user and answer, as it came. It has come when its interval ended, whichever retry has fetched it.
SELECT
  concat_ws('-', seed, page, user_id) AS raw_id,
  {{interval.end}} AS received_at,
  seed,
  page,
  user_id,
  body
FROM (SELECT *, CAST(CAST(epoch({{interval.start}}) AS BIGINT) AS VARCHAR) AS seed FROM answers)
