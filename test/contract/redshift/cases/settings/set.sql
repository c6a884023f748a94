SET query_group TO 'x';
SET SESSION statement_timeout TO 60000;
SET TIME ZONE 'America/New_York';
SELECT '2024-01-01 00:00:00+00'::timestamptz;
--> "2023-12-31 19:00:00-05"
RESET timezone;
SHOW timezone;
--> "UTC"
-- What changes answers has its standard value only.
SET enable_case_sensitive_identifier TO false;
SET cast_super_null_on_error = on;
SHOW navigate_super_null_on_error;
--> "on"
SET enable_case_sensitive_identifier TO true;
--! does not support SET enable_case_sensitive_identifier TO true
