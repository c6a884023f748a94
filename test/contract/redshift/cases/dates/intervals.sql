-- In calculations; as a result PostgreSQL's would look otherwise.
SELECT date '2008-12-31' + interval '3 hours, 35 minutes', date '2008-12-31' + interval '52 weeks', date '2008-12-31' + interval '0.5 days', date '2023-03-31' - interval '4 months';
--> ["2008-12-31 03:35:00", "2009-12-30 00:00:00", "2008-12-31 12:00:00", "2022-11-30 00:00:00"]
SELECT timestamp '2024-01-01' + interval '1-2' year to month, timestamp '2024-01-01' - interval '1 10:20:30' day to second, timestamp 'epoch' + 86400 * interval '1 second';
--> ["2025-03-01 00:00:00", "2023-12-30 13:39:30", "1970-01-02 00:00:00"]
SELECT EXTRACT(hour FROM interval '5 hours'), EXTRACT(epoch FROM timestamp '2024-01-02' - timestamp '2024-01-01');
--> [5, 86400]
SELECT timestamp '2024-01-02' - timestamp '2024-01-01';
--! does not support an INTERVAL as a column of a result
