import { errorText } from '../../redshift/errors';
import { withoutPrefix } from '../../redshift/names';
import type { CallContext } from '../../service';
import { connect } from './connect';
import { validation } from './errors';
import { credentialsOf, type RedshiftData, type Target } from './state';

/** A question to the catalogue, as the caller's user: it shows what that user may see. */
export async function askCatalog<R extends object>(
  state: RedshiftData,
  target: Target,
  context: CallContext,
  sql: string,
  values: readonly unknown[],
): Promise<R[]> {
  const workgroup = state.workgroups.get(target.WorkgroupName);
  const credentials = await credentialsOf(target, context);
  try {
    const client = await connect(state.postgres, target.Database ?? workgroup.dbName, credentials);
    try {
      return (await client.query<R>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  } catch (error) {
    throw validation(errorText(error, withoutPrefix));
  }
}

/** Without a pattern everything matches. */
export const pattern = (given: string | undefined) => given || '%';
