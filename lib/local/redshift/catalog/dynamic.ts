/** The ending of the files that ask for a translation (postgres/exchange.ts). */
export const TRANSLATE = 'translate';

/**
 * The text of an EXECUTE in a procedure is known when it runs, inside the server: it is handed out to be translated as aws_s3 asks for objects,
 * by a file. `stepwell.commits` says whether the statement ends the transaction.
 */
export const DYNAMIC_SQL = `
CREATE OR REPLACE FUNCTION redshift_catalog.translated(asked text, path jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  file text := regexp_replace(current_setting('data_directory'), '[^/\\\\]+$', 'exchange') || '/' || gen_random_uuid();
  request text := jsonb_build_object('database', current_database(), 'path', path, 'sql', asked)::text;
  answer jsonb;
BEGIN
  EXECUTE format('COPY (SELECT %L) TO %L', translate(encode(convert_to(request, 'UTF8'), 'base64'), E'\\n', '') || '.', file || '.${TRANSLATE}');
  WHILE pg_stat_file(file || '.answer', true) IS NULL LOOP
    PERFORM pg_sleep(0.002);
  END LOOP;
  answer := pg_read_file(file || '.answer')::json::jsonb;
  EXECUTE format('COPY (SELECT 1) TO %L', file || '.end');
  RETURN answer;
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.dynamic(asked text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := redshift_catalog.translated(asked, to_jsonb(current_schemas(false)));
BEGIN
  IF answer ? 'error' THEN RAISE syntax_error USING MESSAGE = answer ->> 'error'; END IF;
  PERFORM set_config('stepwell.commits', answer ->> 'commits', false);
  RETURN answer ->> 'sql';
END $$;
`;
