/** Parts of the function `publish` in PostgreSQL. Its variables are declared in `postgres-functions.ts`. */

/**
 * Leaves in the staging table one row a key, and only those that neither the target nor an earlier deletion overtakes; then deletes,
 * and remembers what is deleted. The rest is the MERGE's.
 */
export const deletes = `
      IF generation_of_plan > 0 THEN
        EXECUTE format('DELETE FROM %s WHERE _load_id = %L', side, plan ->> 'loadId');
      END IF;
      EXECUTE format('DELETE FROM %1$s AS s USING (SELECT _ordinal, row_number() OVER (PARTITION BY %2$s ORDER BY %3$s_ordinal DESC) AS rank FROM %1$s) AS r '
        || 'WHERE s._ordinal = r._ordinal AND r.rank > 1', staging_table, order_of_rows, coalesce(newest || ' DESC NULLS LAST, ', ''));
      condition := replace(wins, 's._arrival', format('%L COLLATE "C"', plan ->> 'arrival'));
      EXECUTE format('DELETE FROM %s AS s USING %s AS t WHERE %s AND (%s) IS NOT TRUE', staging_table, target, key_match, condition);
      EXECUTE format('DELETE FROM %s AS s USING %s AS t WHERE %s AND (%s) IS NOT TRUE', staging_table, side, key_match, condition);
      EXECUTE format('DELETE FROM %s AS t USING %s AS s WHERE %s', side, staging_table, key_match);
      EXECUTE format('DELETE FROM %s AS t USING %s AS s WHERE %s AND s.%I', target, staging_table, key_match, plan ->> 'deletedBy');
      EXECUTE format('INSERT INTO %1$s (%2$s, _load_id, _loaded_at, _arrival) SELECT %2$s, $1, $2, $3 FROM %3$s WHERE %4$I',
        side, concat_ws(', ', order_of_rows, newest), staging_table, plan ->> 'deletedBy')
        USING plan ->> 'loadId', at_time, plan ->> 'arrival';`;

/**
 * Adds the states to the history, one for each key and time, of which the later arrival stays; then writes the versions of each key
 * that this changes anew. A version is a run of states whose tracked columns are the same; it has the values of the latest of them.
 */
export const scd2 = `
    DECLARE
      key_list text := (SELECT string_agg(quote_ident(k), ', ') FROM jsonb_array_elements_text(plan -> 'keys') AS k);
      key_same text := (SELECT string_agg(format('t.%1$I = s.%1$I', k), ' AND ') FROM jsonb_array_elements_text(plan -> 'keys') AS k);
      since text := coalesce(newest || '::timestamp', format('%L::timestamp', plan ->> 'arrivedAt'));
      since_staged text := coalesce('s.' || newest || '::timestamp', format('%L::timestamp', plan ->> 'arrivedAt'));
      known text[];
      same_state text;
      before_list text;
      same_version text;
    BEGIN
      SELECT array_agg(quote_ident(attname) ORDER BY attnum) INTO known FROM pg_attribute WHERE attrelid = side::regclass AND attnum > 0
        AND NOT attisdropped AND attname NOT IN ('valid_from', '_load_id', '_loaded_at', '_arrival');
      SELECT coalesce(string_agg(CASE WHEN n = ANY (names) THEN format(' AND s.%1$s IS NOT DISTINCT FROM t.%1$s', n) ELSE format(' AND t.%s IS NULL', n) END, ''), '')
        INTO same_state FROM unnest(known) AS n;
      SELECT coalesce(string_agg(format(', lag(%s) OVER w AS _was_%s', n, i), ''), ''), coalesce(string_agg(format(' AND %s IS NOT DISTINCT FROM _was_%s', n, i), ''), '')
        INTO before_list, same_version FROM unnest(known) WITH ORDINALITY AS u(n, i)
        WHERE CASE WHEN jsonb_typeof(plan -> 'track') = 'array' THEN n IN (SELECT quote_ident(k) FROM jsonb_array_elements_text(plan -> 'track') AS k)
          ELSE n NOT IN (SELECT quote_ident(k) FROM jsonb_array_elements_text(plan -> 'keys') AS k) AND n IS DISTINCT FROM newest END;

      EXECUTE format('DELETE FROM %1$s AS s USING (SELECT _ordinal, row_number() OVER (PARTITION BY %2$s, %3$s ORDER BY _ordinal DESC) AS rank FROM %1$s) AS r '
        || 'WHERE s._ordinal = r._ordinal AND r.rank > 1', staging_table, key_list, since);
      DROP TABLE IF EXISTS pg_temp.stepwell_touched;
      EXECUTE format('CREATE TEMP TABLE stepwell_touched ON COMMIT DROP AS SELECT DISTINCT %s FROM %s WHERE %L::boolean AND _load_id = %L',
        key_list, side, generation_of_plan > 0, plan ->> 'loadId');
      IF generation_of_plan > 0 THEN
        EXECUTE format('DELETE FROM %s WHERE _load_id = %L', side, plan ->> 'loadId');
      END IF;
      EXECUTE format('DELETE FROM %s AS s USING %s AS t WHERE %s AND t.valid_from = %s AND t._arrival > %L', staging_table, side, key_same, since_staged, plan ->> 'arrival');
      EXECUTE format('DELETE FROM %s AS t USING %s AS s WHERE %s AND t.valid_from = %s', side, staging_table, key_same, since_staged);
      EXECUTE format('INSERT INTO %1$s (%2$s, valid_from, _load_id, _loaded_at, _arrival) SELECT %2$s, %3$s, $1, $2, $3 FROM %4$s', side, names_list, since, staging_table)
        USING plan ->> 'loadId', at_time, plan ->> 'arrival';
      -- A row that only says again what the current version says changes none.
      EXECUTE format('INSERT INTO stepwell_touched SELECT DISTINCT %s FROM %s AS s LEFT JOIN %s AS t ON %s AND t.is_current AND t.valid_from <= %s%s WHERE t.valid_from IS NULL',
        (SELECT string_agg(format('s.%I', k), ', ') FROM jsonb_array_elements_text(plan -> 'keys') AS k), staging_table, target, key_same, since_staged, same_state);
      EXECUTE format('DELETE FROM %s AS t USING stepwell_touched AS s WHERE %s', target, key_same);
      EXECUTE format('INSERT INTO %1$s (%2$s, valid_from, valid_to, is_current, _load_id, _loaded_at, _arrival) '
        || 'SELECT %2$s, _since, lead(_since) OVER v, lead(_since) OVER v IS NULL, _load_id, _loaded_at, _arrival FROM ('
        || 'SELECT *, min(valid_from) OVER (PARTITION BY %3$s, _version) AS _since, row_number() OVER (PARTITION BY %3$s, _version ORDER BY valid_from DESC) AS _last FROM ('
        || 'SELECT *, sum(CASE WHEN _state > 1%4$s THEN 0 ELSE 1 END) OVER (PARTITION BY %3$s ORDER BY valid_from) AS _version FROM ('
        || 'SELECT t.*, row_number() OVER w AS _state%5$s FROM %6$s AS t JOIN (SELECT DISTINCT %3$s FROM stepwell_touched) AS touched USING (%3$s) '
        || 'WINDOW w AS (PARTITION BY %3$s ORDER BY valid_from)) AS states) AS runs) AS versions WHERE _last = 1 WINDOW v AS (PARTITION BY %3$s ORDER BY _since)',
        target, array_to_string(known, ', '), key_list, same_version, before_list, side);
      DROP TABLE pg_temp.stepwell_touched;
    END;`;
