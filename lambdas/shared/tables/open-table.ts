/** A connection to a source's table that stands: logged in, the table's columns known. */
import type { DriftEntry } from '../../../lib/tasks/drift';
import { SourceRefused } from '../../../lib/tasks/errors';
import type { CursorBounds, MysqlConfig, PostgresConfig, RowSource } from '../../../lib/tasks/extract-rows';
import { withoutQuotedValues } from '../contract/redact';
import { hasPii } from '../pii';
import type { Secrets } from '../secrets';
import { matchColumns, namedColumn, type SelectedColumn } from './columns';
import type { Engine, Place, TableReader } from './engine';
import type { KeyKind } from './key-ranges';
import { type Login, readLogin } from './login';
import { fromOf, type Selection } from './select';

export type TableConfig = MysqlConfig | PostgresConfig;
export type KeyColumn = SelectedColumn & { readonly kind: KeyKind };

export interface TableInput {
  readonly source: RowSource & { readonly config: TableConfig };
  readonly cursor?: CursorBounds | null | undefined;
}

export interface OpenTable {
  readonly reader: TableReader;
  /** server and database: `mysql://shop.example.com:3306/shop` */
  readonly origin: string;
  readonly drift: readonly DriftEntry[];
  readonly selection: Selection & { readonly key?: KeyColumn };
}

/** Runs `work` with the table, and closes the connection. Errors of the driver come out as those of a task. */
export async function withTable<T>(
  { source, cursor }: TableInput,
  engine: Engine,
  secrets: Secrets,
  work: (table: OpenTable) => Promise<T>,
): Promise<T> {
  const { config } = source;
  const what = config.table === undefined ? 'the query' : `table ${config.table}`;
  const place: Place = { source: source.name, secret: config.secret, what };
  let reader: TableReader | undefined;
  try {
    const { origin, ...connected } = await connect(config.secret, engine, secrets);
    reader = connected.reader;
    const from = fromOf(config, engine);
    const { columns, drift } = matchColumns(await reader.columns(from), source, what);
    const named = (name: string, option: string) => namedColumn(columns, name, { option, source: source.name, what });
    const key =
      config.partitionBy === undefined ? undefined : keyColumn(named(config.partitionBy, 'partitionBy'), place);
    const bounds = cursor ? { column: named(cursor.column, 'cursor'), bounds: cursor } : undefined;
    return await work({ reader, origin, drift, selection: { from, columns, cursor: bounds, ...(key ? { key } : {}) } });
  } catch (error) {
    const explained = engine.explain(error, place);
    throw hasPii(source.columns) ? withoutQuotedValues(explained) : explained;
  } finally {
    await reader?.close().catch(() => {});
  }
}

/** A login that is refused is tried once more with the secret read anew: it may have been rotated. */
async function connect(
  secret: string,
  engine: Engine,
  secrets: Secrets,
): Promise<Pick<OpenTable, 'reader' | 'origin'>> {
  const { defaultPort } = engine;
  const as = async (login: Login) => ({
    reader: await engine.connect(login),
    origin: `${engine.kind}://${login.host}:${login.port}/${login.database}`,
  });
  const login = await readLogin(secrets, secret, { defaultPort, fresh: false });
  try {
    return await as(login);
  } catch (error) {
    if (!engine.isLoginRefused(error)) throw error;
    return await as(await readLogin(secrets, secret, { defaultPort, fresh: true }));
  }
}

function keyColumn(column: SelectedColumn, { source, what }: Place): KeyColumn {
  if (column.kind !== 'other' && column.kind !== 'unreadable') return column as KeyColumn;
  throw new SourceRefused(
    `Source ${source}: partitionBy names ${column.name} of ${what}, a ${column.type}. Ranges need whole numbers, dates or times: name another column, best the primary key, or leave partitionBy out.`,
  );
}
