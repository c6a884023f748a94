/** MySQL's errors in the words of whoever has to mend them, and whether a retry may. */
import { SourceRefused, SourceUnavailable } from '../../lib/tasks/errors';
import { secretId } from '../shared/secret-id';
import type { Place } from '../shared/tables/engine';
import { explainNetwork } from '../shared/tables/explain-network';

/** 1045 access denied, 1698 without a password, 1044 to the database */
const LOGIN_REFUSED: ReadonlySet<number> = new Set([1044, 1045, 1698]);

/** What passes: too many connections, shutdown, a lock, a deadlock, a limit of resources or time, a connection or query that was killed. */
const PASSING: ReadonlySet<number> = new Set([
  1040, 1053, 1077, 1079, 1129, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1290, 1317, 1836, 1927, 1969, 3024,
  3169,
]);

const REMEDIES: Readonly<Record<number, string>> = {
  1044: 'Grant it: GRANT SELECT ON that database to the user of the secret.',
  1045: 'It was refused also with the secret read anew: correct username and password there.',
  1049: 'Correct dbname in the secret.',
  1054: "Correct the source's query.",
  1064: "Correct the source's query: it is one SELECT, without a semicolon.",
  1142: 'Grant it: GRANT SELECT ON that table to the user of the secret.',
  1143: 'Grant it: GRANT SELECT ON that table to the user of the secret.',
  1146: "Correct the source's table or query, or dbname in the secret.",
  1698: 'It was refused also with the secret read anew: correct username and password there.',
};

interface MysqlError extends Error {
  readonly errno?: number;
  readonly code?: string;
  readonly sqlState?: string;
}

export const isLoginRefused = (error: unknown): boolean => LOGIN_REFUSED.has((error as MysqlError).errno ?? 0);

export function explainMysql(error: unknown, place: Place): unknown {
  const { errno, sqlState, message } = error as MysqlError;
  // Of the operating system's errors it is negative.
  if (errno === undefined || errno < 1000 || sqlState === undefined) return explainNetwork(error, place, 'MySQL');
  const said = `Source ${place.source}: MySQL says of ${LOGIN_REFUSED.has(errno) ? `the login of secret ${secretId(place.secret)}` : place.what}: ${sentence(message)} (${errno})`;
  const remedy = REMEDIES[errno];
  if (remedy !== undefined) return new SourceRefused(`${said}. ${remedy}`, { cause: error });
  if (PASSING.has(errno) || !/^(42|22|21|0A|28)/.test(sqlState)) {
    return new SourceUnavailable(`${said}.`, { cause: error });
  }
  return new SourceRefused(`${said}. Correct the source's table or query, or what the user of the secret may do.`, {
    cause: error,
  });
}

const sentence = (message: string): string => message.trim().replace(/[.;]$/, '');
