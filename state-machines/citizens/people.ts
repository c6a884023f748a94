/**
 * The registry's records, one for one, with their values made sense of. Row-wise: runs inside the read of the file, range by range.
 * What makes no sense is NULL, so that the person is counted all the same.
 */
export const people = (registry: string): string => `
SELECT
  nullif(regexp_replace(citizen_id, '[^0-9]', '', 'g'), '') AS citizen_id,
  regexp_matches(birth_date, '[0-9]') AS has_birth_date,
  CAST(try_strptime(trim(birth_date), ['%Y-%m-%d', '%d.%m.%Y']) AS DATE) AS birth_date,
  -- no accents, spaces and points: N.Ö. is no, Kärnten is karnten
  regexp_replace(lower(strip_accents(region)), '[^a-z0-9]', '', 'g') AS region_key,
  household,
  -- 41.250,50, 41,250.50 and 41'250 alike: one or two digits behind the last point or comma are cents
  TRY_CAST(
    regexp_replace(regexp_extract(trim(income), '^(.*?)([.,][0-9]{1,2})?$', 1), '[^0-9]', '', 'g')
    || '.' || regexp_extract(trim(income), '[.,]([0-9]{1,2})$', 1)
    AS DECIMAL(12, 2)
  ) AS income,
  recorded_at
FROM ${registry}
`;
