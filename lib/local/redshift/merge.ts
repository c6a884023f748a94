import { qualifiedName } from './create-table';
import { RedshiftError } from './errors';
import { type Parameters, rewrite } from './expressions';
import { isName, type Node, type Reader, split, wordOf } from './tree';

/**
 * Redshift's MERGE is narrower than PostgreSQL's: no alias for the target, no query as the source, no condition beside MATCHED,
 * both clauses or REMOVE DUPLICATES. What passes here has the same meaning in both.
 */
export function merge(reader: Reader, parameters: Parameters): string {
  reader.expect('merge', 'into');
  const target = qualifiedName(reader);
  reader.expect('using');
  const source = qualifiedName(reader);
  const as = reader.take('as');
  const alias =
    as || (isName(reader.peek()) && wordOf(reader.peek()) !== 'on')
      ? ` AS ${rewrite([reader.name()], parameters)}`
      : '';
  reader.expect('on');
  const condition: Node[] = [];
  while (!reader.done && !['when', 'remove'].includes(wordOf(reader.peek()))) condition.push(reader.next());
  if (condition.length === 0) throw reader.unexpected();
  if (target === source) throw new RedshiftError('the source table of MERGE cannot be its target');
  if (reader.take('remove', 'duplicates')) {
    reader.end();
    return removeDuplicates(target, source, alias, rewrite(condition, parameters), parameters);
  }

  reader.expect('when', 'matched', 'then');
  const matched = untilWhen(reader);
  const update = wordOf(matched[0]) === 'update' && wordOf(matched[1]) === 'set';
  if (!update && !(wordOf(matched[0]) === 'delete' && matched.length === 1))
    throw new RedshiftError(`syntax error at or near "${matched[0]?.text ?? 'when'}"`);
  if (update) for (const assignment of split(matched.slice(2), ',')) checkAssignment(assignment);
  reader.expect('when', 'not', 'matched', 'then');
  const missing = reader.rest();
  if (wordOf(missing[0]) !== 'insert')
    throw new RedshiftError(`syntax error at or near "${missing[0]?.text ?? 'end of input'}"`);
  const sql = (nodes: readonly Node[]) => rewrite(nodes, parameters);
  return `MERGE INTO ${target} USING ${source}${alias} ON ${sql(condition)} WHEN MATCHED THEN ${sql(matched)} WHEN NOT MATCHED THEN ${insert(missing, sql)}`;
}

/**
 * The simplified form: what matches takes the source's values, duplicates in the target become one row, the rest is inserted. So what matches goes,
 * and all rows of the source come; PostgreSQL lets both parts see the table as it was before.
 */
function removeDuplicates(
  target: string,
  source: string,
  alias: string,
  condition: string,
  parameters: Parameters,
): string {
  const [here, there] = [target, source].map((table) => parameters.describe(`SELECT * FROM ${table}`).length);
  if (here !== there)
    throw new RedshiftError(
      'Target and source tables of MERGE with REMOVE DUPLICATES must have the same number of columns',
    );
  const own = target.split('.').at(-1)!;
  const name = alias === '' ? source.split('.').at(-1)! : alias.replace(/^ AS /, '');
  return (
    `WITH matched AS (SELECT count(*) AS sources FROM ${target} JOIN ${source}${alias} ON ${condition} GROUP BY ${own}.ctid), ` +
    `gone AS (DELETE FROM ${target} USING ${source}${alias} WHERE ${condition} RETURNING 1) ` +
    `INSERT INTO ${target} SELECT ${name}.* FROM ${source}${alias} WHERE redshift_catalog.single_match((SELECT max(sources) FROM matched))`
  );
}

/** Up to the next clause; the WHEN of a CASE is not one. */
function untilWhen(reader: Reader): Node[] {
  const nodes: Node[] = [];
  let cases = 0;
  while (!reader.done && (cases > 0 || wordOf(reader.peek()) !== 'when')) {
    const node = reader.next();
    if (wordOf(node) === 'case') cases++;
    if (wordOf(node) === 'end') cases--;
    nodes.push(node);
  }
  return nodes;
}

function checkAssignment(assignment: readonly Node[]): void {
  const [column, equals] = assignment;
  if (!isName(column) || equals?.text !== '=') {
    throw new RedshiftError(`syntax error at or near "${equals?.text ?? column?.text ?? ','}"`);
  }
}

/** `INSERT (a, b) VALUES (…)`: the brackets after INSERT are a list of columns. */
function insert(nodes: readonly Node[], sql: (nodes: readonly Node[]) => string): string {
  const values = nodes.findIndex((node) => wordOf(node) === 'values');
  if (values < 0 || values > 2) throw new RedshiftError('syntax error at or near "insert"');
  return `INSERT ${sql(nodes.slice(1, values))} VALUES ${sql(nodes.slice(values + 1))}`;
}
