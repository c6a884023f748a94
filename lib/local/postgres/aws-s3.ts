/** Types and helpers as Aurora's aws_commons declares them. */
export const AWS_COMMONS_SQL = `
CREATE SCHEMA aws_commons;
CREATE TYPE aws_commons._s3_uri_1 AS (bucket text, file_path text, region text);
CREATE TYPE aws_commons._aws_credentials_1 AS (access_key text, secret_key text, session_token text);

CREATE FUNCTION aws_commons.create_s3_uri(s3_bucket text, s3_key text, s3_region text) RETURNS aws_commons._s3_uri_1
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(s3_bucket, s3_key, s3_region)::aws_commons._s3_uri_1 $$;

CREATE FUNCTION aws_commons.create_aws_credentials(access_key text, secret_key text, session_token text) RETURNS aws_commons._aws_credentials_1
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(access_key, secret_key, session_token)::aws_commons._aws_credentials_1 $$;

GRANT USAGE ON SCHEMA aws_commons TO rds_superuser WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_commons TO rds_superuser WITH GRANT OPTION;
`;

/**
 * aws_s3 for a server that has no S3 client in it. The function writes a request file into the exchange folder and waits until this process has
 * put the object there (`exchange.ts`); then it runs COPY FROM that file. So the import is part of the caller's transaction, whoever the caller is:
 * the Data API, psql or another procedure. Plain files and a wait that checks for interrupts, not named pipes: a backend that blocks in open()
 * can neither be cancelled nor stopped.
 *
 * COPY FROM a file needs the superuser, hence SECURITY DEFINER; the caller's own INSERT privilege is checked before.
 */
export const AWS_S3_SQL = `
CREATE SCHEMA aws_s3;

CREATE FUNCTION aws_s3._exchange_folder() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT regexp_replace(pg_catalog.current_setting('data_directory'), '[^/\\\\]+$', 'exchange') $$;

CREATE FUNCTION aws_s3._check_insert(caller name, relation regclass, columns text) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named text[] := CASE WHEN btrim(coalesce(columns, '')) = '' THEN '{}' ELSE regexp_split_to_array(btrim(columns), '\\s*,\\s*') END;
  missing text;
BEGIN
  IF has_table_privilege(caller, relation, 'INSERT') THEN RETURN; END IF;
  SELECT c INTO missing FROM unnest(named) AS c WHERE NOT has_column_privilege(caller, relation, (parse_ident(c))[1], 'INSERT') LIMIT 1;
  IF cardinality(named) = 0 OR missing IS NOT NULL THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied for table %s', (SELECT relname FROM pg_class WHERE oid = relation));
  END IF;
END $$;

CREATE FUNCTION aws_s3._import(caller name, relation regclass, column_list text, options text, s3_info aws_commons._s3_uri_1)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $import$
DECLARE
  file text := aws_s3._exchange_folder() || '/' || gen_random_uuid();
  answer jsonb;
  imported bigint;
BEGIN
  PERFORM aws_s3._check_insert(caller, relation, column_list);
  -- The options are COPY's own, word for word; a second statement is not one of them.
  IF regexp_replace(options, '''[^'']*''|[$]([a-z_]*)[$].*?[$]\\1[$]', '', 'gi') ~ ';' THEN
    RAISE syntax_error USING MESSAGE = format('invalid COPY options: %s', options);
  END IF;
  answer := aws_s3._ask(file, jsonb_build_object(
    'kind', 'import', 'database', current_database(), 'bucket', s3_info.bucket, 'key', s3_info.file_path, 'region', s3_info.region));
  BEGIN
    EXECUTE format('copy %s %s from %L %s', relation,
      CASE WHEN btrim(coalesce(column_list, '')) = '' THEN '' ELSE '(' || column_list || ')' END, file || '.data',
      CASE WHEN btrim(coalesce(options, '')) = '' THEN '' ELSE 'with ' || options END);
    GET DIAGNOSTICS imported = ROW_COUNT;
  EXCEPTION WHEN OTHERS THEN
    PERFORM aws_s3._tell(file || '.end', 'failed');
    RAISE;
  END;
  PERFORM aws_s3._tell(file || '.end', 'done');
  RETURN format('%s rows imported into relation "%s" from file %s of %s bytes', imported, relation, s3_info.file_path, answer ->> 'bytes');
END $import$;

CREATE FUNCTION aws_s3._ask(file text, request jsonb) RETURNS jsonb LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  answer jsonb;
BEGIN
  PERFORM aws_s3._tell(file || '.request', request::text);
  WHILE pg_stat_file(file || '.answer', true) IS NULL LOOP
    PERFORM pg_sleep(0.002);
  END LOOP;
  answer := pg_read_file(file || '.answer')::jsonb;
  IF answer ? 'error' THEN
    RAISE EXCEPTION USING ERRCODE = coalesce(answer ->> 'code', 'XX000'), MESSAGE = answer ->> 'error', HINT = coalesce(answer ->> 'hint', '');
  END IF;
  RETURN answer;
END $$;

CREATE FUNCTION aws_s3._tell(file text, message text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Base64, as COPY's formats escape text; the full stop says that the file is complete.
  EXECUTE format('COPY (SELECT %L) TO %L', translate(encode(convert_to(message, 'UTF8'), 'base64'), E'\\n', '') || '.', file);
END $$;

CREATE FUNCTION aws_s3.table_import_from_s3(
  table_name text, column_list text, options text, s3_info aws_commons._s3_uri_1,
  credentials aws_commons._aws_credentials_1 DEFAULT NULL, endpoint_url text DEFAULT NULL
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF credentials IS NOT NULL AND (credentials).access_key IS NOT NULL THEN
    RAISE feature_not_supported USING MESSAGE = 'The local Aurora imports with the role of the cluster only, not with credentials';
  END IF;
  RETURN replace(aws_s3._import(current_user, table_name::regclass, column_list, options, s3_info),
    format('relation "%s"', table_name::regclass), format('relation "%s"', table_name));
END $$;

CREATE FUNCTION aws_s3.table_import_from_s3(
  table_name text, column_list text, options text, bucket text, file_path text, region text,
  access_key text DEFAULT NULL, secret_key text DEFAULT NULL, session_token text DEFAULT NULL
) RETURNS text LANGUAGE sql AS $$
  SELECT aws_s3.table_import_from_s3(table_name, column_list, options, aws_commons.create_s3_uri(bucket, file_path, region),
    CASE WHEN access_key IS NULL THEN NULL ELSE aws_commons.create_aws_credentials(access_key, secret_key, session_token) END)
$$;

REVOKE EXECUTE ON FUNCTION aws_s3._exchange_folder(), aws_s3._ask(text, jsonb), aws_s3._tell(text, text), aws_s3._check_insert(name, regclass, text)
  FROM PUBLIC;
GRANT USAGE ON SCHEMA aws_s3 TO rds_superuser WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3 TO rds_superuser WITH GRANT OPTION;
`;
