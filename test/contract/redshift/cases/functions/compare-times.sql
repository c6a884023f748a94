SELECT DATE_CMP('2024-01-01', '2024-01-02'), TIMESTAMP_CMP_DATE('2024-01-02', '2024-01-01'), DATE_CMP_TIMESTAMP('2024-01-01', '2024-01-01 12:00'), INTERVAL_CMP('3 days', '1 year');
--> [-1, 1, -1, -1]
SELECT DATEADD(hour, 2, '13:24:55'::time), DATEDIFF(minute, '10:00'::time, '12:30'::time);
--> ["15:24:55", 150]
SELECT TIMEZONE('America/New_York', '2024-05-17 10:00:00'::timestamp);
--> "2024-05-17 14:00:00+00"
-- A day too many is one of the next month, unless is_strict.
SELECT TO_DATE('20010631', 'YYYYMMDD'), TO_DATE('20010631', 'YYYYMMDD', FALSE);
--> ["2001-07-01", "2001-07-01"]
SELECT TO_DATE('20010631', 'YYYYMMDD', TRUE);
--! out of range
