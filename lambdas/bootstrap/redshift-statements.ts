import { LOADS, LOADS_COLUMNS } from '../shared/load-ledger-sql';
import { pipelineSchema } from '../shared/names';
import { identifier, literal, plainLiteral, qualified } from '../shared/sql';
import { md5Password } from './passwords';
import type { Login } from './properties';

export const findRedshiftUser = (username: string): string =>
  `SELECT usename FROM pg_user WHERE usename = ${literal(username)}`;

/** What the administrator runs in Redshift, in one transaction. Running it again changes nothing but the password. */
export function redshiftStatements(input: {
  pipeline: string;
  login: Login;
  userExists: boolean;
  schemas: readonly string[];
}): string[] {
  const { username, password } = input.login;
  const user = identifier(username);
  const schema = pipelineSchema(input.pipeline);
  return [
    // Redshift has no CREATE USER IF NOT EXISTS.
    `${input.userExists ? 'ALTER' : 'CREATE'} USER ${user} PASSWORD ${plainLiteral(md5Password(username, password))}`,
    `CREATE SCHEMA IF NOT EXISTS ${identifier(schema)} AUTHORIZATION ${user}`,
    // Keys are not enforced here: publishers lock the table.
    `CREATE TABLE IF NOT EXISTS ${qualified(schema, LOADS)} (${LOADS_COLUMNS.join(', ')})`,
    // LOCK is for the owner.
    `ALTER TABLE ${qualified(schema, LOADS)} OWNER TO ${user}`,
    ...input.schemas.flatMap((target) => [
      `CREATE SCHEMA IF NOT EXISTS ${identifier(target)}`,
      `GRANT USAGE, CREATE ON SCHEMA ${identifier(target)} TO ${user}`,
    ]),
  ];
}
