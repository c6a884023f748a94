import { identifier, withClient } from '../../postgres/client';
import type { PostgresServer } from '../../postgres/server';
import { errorText, UnsupportedLocally } from '../../redshift/errors';
import { withoutPrefix } from '../../redshift/names';
import { translateFor } from './run-part';

/** The text of an EXECUTE in a procedure, and where it runs. */
export interface DynamicSql {
  readonly database: string;
  readonly path: readonly string[];
  readonly sql: string;
}

/** Translates it over a connection of its own: what the procedure's transaction has made is not to be seen from here. */
export async function translateDynamic(
  postgres: PostgresServer,
  { database, path, sql }: DynamicSql,
): Promise<{ readonly sql: string; readonly commits: 'yes' | 'no' } | { readonly error: string }> {
  try {
    return await withClient(postgres.adminUrl(database), async (client) => {
      if (path.length > 0) await client.query(`SET search_path TO ${path.map(identifier).join(', ')}`);
      const translated = await translateFor(client, sql, { parameters: new Map(), inTransaction: false });
      switch (translated.kind) {
        case 'sql':
          return { sql: [translated.text, ...(translated.after ? [translated.after] : [])].join('; '), commits: 'no' };
        case 'committing':
          return { sql: translated.text, commits: 'yes' };
        case 'nothing':
          return { sql: 'SELECT 1', commits: 'no' };
        default:
          throw new UnsupportedLocally(`${/\w+/.exec(sql)?.[0].toUpperCase() ?? ''} by EXECUTE in procedures`);
      }
    });
  } catch (error) {
    return { error: errorText(error, withoutPrefix).replace(/^ERROR: /, '') };
  }
}
