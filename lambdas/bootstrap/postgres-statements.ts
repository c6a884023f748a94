import { BOOKKEEPING_COLUMNS } from '../../lib/tasks/common';
import type { ReadTable } from '../../lib/tasks/rebuild';
import { LOADS, LOADS_COLUMNS } from '../shared/load-ledger-sql';
import { hash, pipelineSchema, pipelineUser } from '../shared/names';
import { tableDdl } from '../shared/postgres-columns';
import { identifier, literal, plainLiteral, qualified } from '../shared/sql';
import { scramVerifier } from './passwords';
import { postgresFunctions } from './postgres-functions';
import type { Login } from './properties';

export const findPostgresRole = (username: string): string =>
  `SELECT rolname::text FROM pg_roles WHERE rolname = ${literal(username)}`;

/** What the administrator runs in PostgreSQL, one after the other. Running it again changes nothing but the password. */
export function postgresStatements(input: {
  pipeline: string;
  login: Login;
  roleExists: boolean;
  schemas: readonly string[];
  reads?: readonly ReadTable[];
  /** for tests: makes the verifier the same each time */
  salt?: Buffer;
}): string[] {
  const { username, password } = input.login;
  const user = identifier(username);
  const schema = pipelineSchema(input.pipeline);
  return [
    `${input.roleExists ? 'ALTER' : 'CREATE'} ROLE ${user} LOGIN PASSWORD ${plainLiteral(scramVerifier(password, input.salt))}`,
    // Aurora's administrator is no superuser: it makes things the user's own only as a member of that role.
    `GRANT ${user} TO CURRENT_USER`,
    'CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE',
    `GRANT USAGE ON SCHEMA aws_s3, aws_commons TO ${user}`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO ${user}`,
    `CREATE SCHEMA IF NOT EXISTS ${identifier(schema)} AUTHORIZATION ${user}`,
    `CREATE TABLE IF NOT EXISTS ${qualified(schema, LOADS)} (${LOADS_COLUMNS.join(', ')}, PRIMARY KEY (load_key, table_name, generation))`,
    `CREATE TABLE IF NOT EXISTS ${qualified(schema, 'staged')} (staging varchar(63) PRIMARY KEY, digest varchar(64) NOT NULL, rows bigint NOT NULL, staged_at timestamp NOT NULL)`,
    ...postgresFunctions(schema),
    ...[LOADS, 'staged'].map((table) => `ALTER TABLE ${qualified(schema, table)} OWNER TO ${user}`),
    ...['load', 'publish'].map((name) => `ALTER FUNCTION ${qualified(schema, name)}(jsonb) OWNER TO ${user}`),
    ...input.schemas.flatMap((target) => [
      `CREATE SCHEMA IF NOT EXISTS ${identifier(target)}`,
      `GRANT USAGE, CREATE ON SCHEMA ${identifier(target)} TO ${user}`,
    ]),
    ...(input.reads ?? []).flatMap((table) => readable(table, user)),
  ];
}

/**
 * The other pipeline's table may be loaded for the first time only later: it is made here as its load would make it, so that this user
 * may read that one table and no other. The index makes each page of it cheap.
 */
function readable({ pipeline, schema, table, columns, primaryKey, orderedBy }: ReadTable, reader: string): string[] {
  const owner = pipelineUser(pipeline);
  const name = qualified(schema, table);
  const index = identifier(`stepwell_${hash(`${schema}.${table}.${orderedBy}`, 16)}`);
  return [
    `DO $stepwell$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ${literal(owner)}) THEN CREATE ROLE ${identifier(owner)} NOLOGIN; END IF; END $stepwell$`,
    `GRANT ${identifier(owner)} TO CURRENT_USER`,
    `CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`,
    `GRANT USAGE, CREATE ON SCHEMA ${identifier(schema)} TO ${identifier(owner)}`,
    tableDdl(schema, table, [...columns, ...BOOKKEEPING_COLUMNS], primaryKey),
    `ALTER TABLE ${name} OWNER TO ${identifier(owner)}`,
    `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${identifier(orderedBy)})`,
    `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${reader}`,
    `GRANT SELECT ON ${name} TO ${reader}`,
  ];
}
