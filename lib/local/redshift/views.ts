import { literal } from '../postgres/client';
import { qualifiedName } from './create-table';
import { UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import type { Translated } from './translate';
import { type Node, Reader, wordOf } from './tree';

/** Statements of views: bound to their tables, late-binding, materialized. */

/** CREATE [OR REPLACE] VIEW name [(columns)] AS query [WITH NO SCHEMA BINDING] */
export function createView(_reader: Reader, parameters: Parameters, nodes: readonly Node[]): string {
  const late = nodes.slice(-4).map(wordOf).join(' ') === 'with no schema binding';
  if (!late) return rewrite(nodes, parameters);
  const reader = new Reader(nodes.slice(0, -4));
  reader.expect('create');
  const replace = reader.take('or', 'replace');
  reader.expect('view');
  const name = qualifiedName(reader);
  const columns = reader.takeGroup();
  reader.expect('as');
  const query = rewrite(reader.rest(), parameters);
  const named = columns ? `SELECT * FROM (${query}) AS late(${rewrite(columns.nodes, parameters)})` : query;
  return `CALL redshift_catalog.make_late_view(${literal(name)}, ${literal(named)}, ${replace})`;
}

/** DROP VIEW [IF EXISTS] name, … [CASCADE|RESTRICT], with the function that one WITH NO SCHEMA BINDING has. */
export function dropView(reader: Reader, parameters: Parameters, nodes: readonly Node[]): Translated {
  reader.expect('drop', 'view');
  reader.take('if', 'exists');
  const names = [qualifiedName(reader)];
  while (reader.takePunctuation(',')) names.push(qualifiedName(reader));
  const after = names.map((name) => `DROP FUNCTION IF EXISTS ${name}()`).join('; ');
  return { kind: 'sql', text: rewrite(nodes, parameters), values: [], after };
}

/** CREATE MATERIALIZED VIEW name [BACKUP …] [DISTSTYLE …] [AUTO REFRESH …] AS query */
export function createMaterializedView(reader: Reader, parameters: Parameters): string {
  reader.expect('create', 'materialized', 'view');
  const name = qualifiedName(reader);
  const attributes: Node[] = [];
  while (!reader.done && wordOf(reader.peek()) !== 'as') attributes.push(reader.next());
  reader.expect('as');
  if (/auto refresh yes/.test(attributes.map(wordOf).join(' ')))
    throw new UnsupportedLocally('AUTO REFRESH YES; refresh the view by REFRESH');
  return `CREATE MATERIALIZED VIEW ${name} AS ${rewrite(reader.rest(), parameters)}`;
}

/** REFRESH MATERIALIZED VIEW name [RESTRICT|CASCADE] */
export function refresh(reader: Reader): string {
  reader.expect('refresh', 'materialized', 'view');
  const name = qualifiedName(reader);
  if (!reader.take('restrict') && reader.take('cascade'))
    throw new UnsupportedLocally('REFRESH MATERIALIZED VIEW … CASCADE');
  reader.end();
  return `REFRESH MATERIALIZED VIEW ${name}`;
}
