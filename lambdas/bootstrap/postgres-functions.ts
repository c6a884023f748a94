/**
 * The pipeline's functions in PostgreSQL. Each call is one statement and so one transaction: what it did and the row that says so
 * commit together. The Data API gives up waiting after 45 s, but with `continueAfterTimeout` the statement goes on; the next
 * call finds the row, or the lock that the statement still holds.
 */
import { LOADS, ROWS_DO_NOT_RECONCILE } from '../shared/load-ledger-sql';
import { identifier, literal } from '../shared/sql';
import { deletes, scd2 } from './postgres-write-modes';

export function postgresFunctions(schema: string): string[] {
  return [loadFunction(schema), publishFunction(schema)];
}

/**
 * `plan`: {staging, digest, stagingDdl[], columns, parts: [{bucket, key, region}], rows, target: {schema, table, ddl, widen: [{name, type}],
 * required: [{name, otherwise}]}, side: {schema, table, ddl, widen} or null}.
 * Answers {status: 'done', rows} or {status: 'running'}.
 *
 * The target's DDL comes last, so that its lock is not held during the import.
 */
const loadFunction = (
  schema: string,
) => `CREATE OR REPLACE FUNCTION ${identifier(schema)}.load(plan jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stepwell$
DECLARE
  staging_table text := format('%I.%I', ${literal(schema)}, plan ->> 'staging');
  target text := format('%I.%I', plan #>> '{target,schema}', plan #>> '{target,table}');
  statement text;
  part jsonb;
  made jsonb;
  made_name text;
  wide jsonb;
  counted bigint;
  old text;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('stepwell load ' || staging_table, 0)) THEN
    RETURN jsonb_build_object('status', 'running');
  END IF;
  SELECT s.rows INTO counted FROM ${identifier(schema)}.staged s
    WHERE s.staging = plan ->> 'staging' AND s.digest = plan ->> 'digest' AND to_regclass(staging_table) IS NOT NULL;
  IF FOUND THEN
    RETURN jsonb_build_object('status', 'done', 'rows', counted);
  END IF;

  FOR statement IN SELECT jsonb_array_elements_text(plan -> 'stagingDdl') LOOP
    EXECUTE statement;
  END LOOP;
  FOR part IN SELECT jsonb_array_elements(plan -> 'parts') LOOP
    PERFORM aws_s3.table_import_from_s3(staging_table, part ->> 'columns', '(FORMAT csv)',
      aws_commons.create_s3_uri(part ->> 'bucket', part ->> 'key', part ->> 'region'));
  END LOOP;
  EXECUTE format('SELECT count(*) FROM %s', staging_table) INTO counted;
  IF counted <> (plan ->> 'rows')::bigint THEN
    RAISE EXCEPTION USING ERRCODE = ${literal(ROWS_DO_NOT_RECONCILE)},
      MESSAGE = format('%s rows were imported, but the manifests name %s', counted, plan ->> 'rows');
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('stepwell table ' || target, 0));
  FOR made IN SELECT t FROM (VALUES (plan -> 'side'), (plan -> 'target')) AS both_tables(t) WHERE jsonb_typeof(t) = 'object' LOOP
    EXECUTE made ->> 'ddl';
    made_name := format('%I.%I', made ->> 'schema', made ->> 'table');
    FOR wide IN SELECT jsonb_array_elements(made -> 'widen') LOOP
      IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = made_name::regclass AND attname = wide ->> 'name' AND NOT attisdropped) THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', made_name, wide ->> 'name', wide ->> 'type');
      END IF;
    END LOOP;
  END LOOP;
  FOR wide IN SELECT jsonb_array_elements(plan #> '{target,required}') LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = target::regclass AND attname = wide ->> 'name' AND NOT attisdropped) THEN
      RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = wide ->> 'otherwise';
    END IF;
  END LOOP;

  -- Staging tables of runs that can be redriven no longer.
  FOR old IN DELETE FROM ${identifier(schema)}.staged s WHERE s.staged_at < clock_timestamp() AT TIME ZONE 'UTC' - interval '15 days'
    AND s.staging <> plan ->> 'staging' RETURNING s.staging LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', ${literal(schema)}, old);
  END LOOP;
  DELETE FROM ${identifier(schema)}.staged s WHERE s.staging = plan ->> 'staging';
  INSERT INTO ${identifier(schema)}.staged (staging, digest, rows, staged_at)
    VALUES (plan ->> 'staging', plan ->> 'digest', counted, clock_timestamp() AT TIME ZONE 'UTC');
  RETURN jsonb_build_object('status', 'done', 'rows', counted);
END $stepwell$`;

/**
 * `plan`: {staging, target: {schema, table}, columns: [name] or null for all that are staged, mode, keys: [name], newestBy, deletedBy,
 * track: [name] or null, interval: {column, start, end} or null, side: name or null, arrivedAt, rows, loadKey, loadId, generation, yields, runId, arrival, publishedBy}. Answers {status: 'done', rows, changed} or {status: 'running'}.
 *
 * Two locks. The first is of this load: whoever finds it taken meets its own earlier call, and asks again later instead of queueing.
 * The second is of the target table: publishers of other loads wait, and then see what this one committed.
 */
const publishFunction = (
  schema: string,
) => `CREATE OR REPLACE FUNCTION ${identifier(schema)}.publish(plan jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stepwell$
DECLARE
  staging_table text := format('%I.%I', ${literal(schema)}, plan ->> 'staging');
  target text := format('%I.%I', plan #>> '{target,schema}', plan #>> '{target,table}');
  table_of_ledger text := (plan #>> '{target,schema}') || '.' || (plan #>> '{target,table}');
  mode text := plan ->> 'mode';
  generation_of_plan integer := (plan ->> 'generation')::integer;
  overtaken boolean := false;
  names text[];
  names_list text;
  key_match text;
  newest text := quote_ident(plan ->> 'newestBy');
  wins text;
  order_of_rows text;
  counted bigint;
  side text := quote_ident(${literal(schema)}) || '.' || quote_ident(plan ->> 'side');
  condition text;
  at_time timestamp := clock_timestamp() AT TIME ZONE 'UTC';
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('stepwell publish ' || staging_table, 0)) THEN
    RETURN jsonb_build_object('status', 'running');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('stepwell table ' || target, 0));
  SELECT l.rows INTO counted FROM ${identifier(schema)}.${LOADS} l
    WHERE l.load_key = plan ->> 'loadKey' AND l.table_name = table_of_ledger AND l.generation >= generation_of_plan
    ORDER BY l.generation DESC LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('status', 'done', 'rows', counted, 'changed', false);
  END IF;

  EXECUTE format('SELECT count(*) FROM %s', staging_table) INTO counted;
  IF counted <> (plan ->> 'rows')::bigint THEN
    RAISE EXCEPTION USING ERRCODE = ${literal(ROWS_DO_NOT_RECONCILE)},
      MESSAGE = format('%s rows are staged, but the manifests name %s', counted, plan ->> 'rows');
  END IF;
  SELECT array_agg(quote_ident(attname) ORDER BY attnum) INTO names FROM pg_attribute
    WHERE attrelid = staging_table::regclass AND attnum > 0 AND NOT attisdropped AND attname <> '_ordinal'
      AND (jsonb_typeof(plan -> 'columns') = 'null' OR plan -> 'columns' ? attname::text);
  names_list := array_to_string(names, ', ');

  IF generation_of_plan > 0 AND mode IN ('append', 'merge') THEN
    EXECUTE format('DELETE FROM %s WHERE _load_id = %L', target, plan ->> 'loadId');
  END IF;

  IF mode = 'scd2' THEN
${scd2}
  ELSIF mode = 'merge' THEN
    SELECT string_agg(format('t.%1$I = s.%1$I', k), ' AND '), string_agg(quote_ident(k), ', ')
      INTO key_match, order_of_rows FROM jsonb_array_elements_text(plan -> 'keys') AS k;
    wins := 't._arrival <= s._arrival';
    IF newest IS NOT NULL THEN
      wins := format('s.%1$s > t.%1$s OR (s.%1$s IS NOT NULL AND t.%1$s IS NULL) OR '
        || '((s.%1$s = t.%1$s OR (s.%1$s IS NULL AND t.%1$s IS NULL)) AND %2$s)', newest, wins);
    END IF;
    IF plan ->> 'deletedBy' IS NOT NULL THEN
${deletes}
    END IF;
    EXECUTE format('MERGE INTO %s AS t USING (SELECT DISTINCT ON (%s) %s, $1::varchar AS _load_id, $2::timestamp AS _loaded_at, '
        || '$3::varchar COLLATE "C" AS _arrival FROM %s %s ORDER BY %s, %s_ordinal DESC) AS s ON %s '
        || 'WHEN MATCHED AND (%s) THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s, _load_id, _loaded_at, _arrival) VALUES (%s, s._load_id, s._loaded_at, s._arrival)',
      target, order_of_rows, names_list, staging_table,
      coalesce('WHERE ' || quote_ident(plan ->> 'deletedBy') || ' IS NOT TRUE', ''), order_of_rows, coalesce(newest || ' DESC NULLS LAST, ', ''), key_match, wins,
      (SELECT string_agg(format('%1$s = s.%1$s', n), ', ') FROM unnest(names || ARRAY['_load_id', '_loaded_at', '_arrival']) AS n),
      names_list, (SELECT string_agg('s.' || n, ', ') FROM unnest(names) AS n))
      USING plan ->> 'loadId', at_time, plan ->> 'arrival';
  ELSE
    IF mode = 'replace' THEN
      -- An old version that arrives late must not put the table back; reprocessing is deliberate, unless it yields.
      -- Intervals do not overlap, so that no other load has these rows.
      overtaken := (generation_of_plan = 0 OR coalesce((plan ->> 'yields')::boolean, false)) AND jsonb_typeof(plan -> 'interval') = 'null' AND EXISTS (SELECT 1 FROM ${identifier(schema)}.${LOADS} l
        WHERE l.table_name = table_of_ledger AND l.load_key <> plan ->> 'loadKey' AND l.arrival COLLATE "C" > plan ->> 'arrival');
      IF NOT overtaken THEN
        condition := format('%1$s >= %2$L::timestamp AND %1$s < %3$L::timestamp',
          coalesce(quote_ident(plan #>> '{interval,column}'), 'NULL::timestamp'), plan #>> '{interval,start}', plan #>> '{interval,end}');
        EXECUTE format('DELETE FROM %s WHERE %s', target, CASE WHEN jsonb_typeof(plan -> 'interval') = 'object' THEN condition ELSE 'true' END);
      END IF;
    END IF;
    IF NOT overtaken THEN
      EXECUTE format('INSERT INTO %s (%s, _load_id, _loaded_at, _arrival) SELECT %s, $1, $2, $3 FROM %s ORDER BY _ordinal',
        target, names_list, names_list, staging_table)
        USING plan ->> 'loadId', at_time, plan ->> 'arrival';
    END IF;
  END IF;

  IF mode = 'append' THEN
    counted := (plan ->> 'rows')::bigint;
  ELSE
    EXECUTE format('SELECT count(*) FROM %s WHERE _load_id = %L', target, plan ->> 'loadId') INTO counted;
  END IF;
  INSERT INTO ${identifier(schema)}.${LOADS} (load_key, table_name, generation, run_id, published_by, rows, arrival, published_at)
    VALUES (plan ->> 'loadKey', table_of_ledger, generation_of_plan, plan ->> 'runId', plan ->> 'publishedBy', counted,
      plan ->> 'arrival', clock_timestamp() AT TIME ZONE 'UTC');
  RETURN jsonb_build_object('status', 'done', 'rows', counted, 'changed', true);
END $stepwell$`;
