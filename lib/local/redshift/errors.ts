import type { DatabaseError } from 'pg';
import { SqlSyntaxError } from '../postgres/sql-lexer';

/** What Redshift itself would refuse, in its words. */
export class RedshiftError extends Error {
  override name = 'RedshiftError';
}

/** What Redshift can and its local stand-in cannot: refused, as a different answer would be worse than none. */
export class UnsupportedLocally extends Error {
  override name = 'UnsupportedLocally';

  constructor(what: string) {
    super(`The local Redshift does not support ${what}. It would work on AWS; run it there, or say it in another way.`);
  }
}

export const syntaxError = (near: string) => new RedshiftError(`syntax error at or near "${near}"`);

/** Redshift's long form, e.g. of a failed Parquet scan. */
export function detailed(message: string, { code, context }: { code: number; context: string }): RedshiftError {
  const line = '-----------------------------------------------';
  return new RedshiftError(
    `${message}\n  Detail: \n  ${line}\n  error:  ${message}\n  code:      ${code}\n  context:   ${context}\n  query:     0\n  location:  local\n  process:   local\n  ${line}`,
  );
}

/** The error text of a statement; `users` undoes the prefix of role names (see names.ts). */
export function errorText(error: unknown, users: (text: string) => string): string {
  if (!(error instanceof Error)) return `ERROR: ${String(error)}`;
  if (!isDatabaseError(error)) {
    return error instanceof RedshiftError || error instanceof UnsupportedLocally || error instanceof SqlSyntaxError
      ? `ERROR: ${error.message}`
      : `ERROR: ${error.name}: ${error.message}`;
  }
  const message = users(error.message);
  switch (error.code) {
    // could not serialize access due to concurrent update
    case '40001':
      return serializationViolation(error.table);
    case '40P01':
      return `ERROR: deadlock detected\n  Detail: ${error.detail ?? ''}`;
    case '57014':
      return "ERROR: Query (0) cancelled on user's request";
    case '21000':
      if (message.startsWith('MERGE command cannot affect row'))
        return 'ERROR: Found multiple matches to update the same tuple.';
      break;
    // Two transactions made the same table or schema at once.
    case '23505':
      if (error.schema === 'pg_catalog') return serializationViolation(error.table);
      break;
    // invalid_transaction_termination
    case '2D000':
      return `ERROR: ${new UnsupportedLocally('procedures that end transactions inside of a transaction or a batch, nor as SECURITY DEFINER').message}`;
    // generated_always
    case '428C9':
      return 'ERROR: cannot set an identity column to a value';
    case '22012':
      return 'ERROR: Divide by zero: division by zero';
    case '22001':
      return `ERROR: ${detailed('Value too long for character type', { code: 8001, context: error.detail ?? message.replace(/^v/, 'V') }).message}`;
    case '23502':
      return `ERROR: Cannot insert a NULL value into column ${error.column ?? ''}`;
    case '22P02':
      if (/type (smallint|integer|bigint)/.test(message)) return `ERROR: ${message}`;
      break;
  }
  return [
    `ERROR: ${message}`,
    ...(error.detail ? [`Detail: ${users(error.detail)}`] : []),
    ...(error.hint ? [`Hint: ${users(error.hint)}`] : []),
  ].join('\n  ');
}

const serializationViolation = (table = '0') =>
  `ERROR: 1023\n  Detail: Serializable isolation violation on table - ${table}, transactions forming the cycle are: 0, 0 (pid:0)`;

export function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && 'severity' in error && 'code' in error;
}
