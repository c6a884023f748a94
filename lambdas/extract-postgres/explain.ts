/** PostgreSQL's errors in the words of whoever has to mend them, and whether a retry may. */
import { SourceRefused, SourceUnavailable } from '../../lib/tasks/errors';
import { secretId } from '../shared/secret-id';
import type { Place } from '../shared/tables/engine';
import { explainNetwork } from '../shared/tables/explain-network';

interface PostgresError extends Error {
  /** SQLSTATE */
  readonly code?: string;
  readonly severity?: string;
}

const LOGIN_REFUSED: ReadonlySet<string> = new Set(['28P01', '28000']);
/** The wrong login, database, table or right, or a query that cannot run: a retry changes nothing. */
const REFUSED = /^(0A|21|22|28|3D|3F|42)/;

const REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'It was refused also with the secret read anew: correct username and password there.',
  '28000':
    'It was refused also with the secret read anew: correct the secret, or pg_hba.conf of the server; it may demand TLS (ssl: true).',
  '3D000': 'Correct dbname in the secret.',
  '3F000': "Correct the schema in the source's table.",
  '42501': 'Grant it: GRANT USAGE ON SCHEMA, and GRANT SELECT ON that table, to the user of the secret.',
  '42601': "Correct the source's query: it is one SELECT, without a semicolon.",
  '42703': "Correct the source's query.",
  '42P01': "Correct the source's table or query, or dbname in the secret.",
};

export const isLoginRefused = (error: unknown): boolean => LOGIN_REFUSED.has((error as PostgresError).code ?? '');

export function explainPostgres(error: unknown, place: Place): unknown {
  const { code = '', severity, message } = error as PostgresError;
  if (severity === undefined || !/^[0-9A-Z]{5}$/.test(code)) return explainNetwork(error, place, 'PostgreSQL');
  const about = LOGIN_REFUSED.has(code) ? `the login of secret ${secretId(place.secret)}` : place.what;
  const said = `Source ${place.source}: PostgreSQL says of ${about}: ${message} (${code})`;
  if (!REFUSED.test(code)) return new SourceUnavailable(`${said}.`, { cause: error });
  const remedy = REMEDIES[code] ?? "Correct the source's table or query, or what the user of the secret may do.";
  return new SourceRefused(`${said}. ${remedy}`, { cause: error });
}
