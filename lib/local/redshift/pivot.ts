import { identifier } from '../postgres/client';
import { syntaxError } from './errors';
import { columnsOfQuery, type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import { isGroup, isName, type Node, Reader, split, stringValue, wordOf } from './tree';

/** `relation PIVOT (aggregate(x) [AS a] FOR column IN (value [AS name], …))` as the query that it stands for. */
export function pivot(relation: string, { nodes }: { nodes: readonly Node[] }, parameters: Parameters): string {
  const forAt = nodes.findIndex((node) => wordOf(node) === 'for');
  const reader = new Reader(nodes.slice(forAt + 1));
  if (forAt < 0) throw syntaxError(')');
  const column = foldedName(reader.name().text);
  reader.expect('in');
  const values = split(reader.group().nodes, ',').map((part) => named(part, parameters));
  reader.end();
  const aggregates = split(nodes.slice(0, forAt), ',').map((part) => {
    const [name, call] = part;
    if (!isName(name) || !isGroup(call)) throw syntaxError(name?.text ?? ')');
    const alias = part.at(-1) !== call && isName(part.at(-1)) ? foldedName(part.at(-1)!.text) : undefined;
    return { name: name.text, argument: call.nodes, alias };
  });
  const used = new Set(
    aggregates.flatMap(({ argument }) => argument.filter(isName).map(({ text }) => foldedName(text))),
  );
  const columns = columnsOfQuery(`SELECT * FROM ${relation}`, parameters);
  const rest = columns.filter((name) => name !== column && !used.has(name)).map(identifier);
  const cells = values.flatMap(({ value, name }) =>
    aggregates.map(({ name: aggregate, argument, alias }) => {
      const counted = argument.length === 1 && argument[0]!.text === '*' ? '1' : rewrite(argument, parameters);
      const call = rewrite(
        [
          { kind: 'word', text: aggregate, at: 0 },
          {
            kind: 'group',
            text: '(',
            at: aggregate.length,
            end: aggregate.length + 1,
            nodes: [{ kind: 'operator', text: MARK, at: 0 }],
          },
        ],
        parameters,
      );
      const filtered = `CASE WHEN ${identifier(column)} = ${value} THEN ${counted} END`;
      return `${call.replace(MARK, filtered)} AS ${identifier(alias === undefined ? name : `${name}_${alias}`)}`;
    }),
  );
  const groupBy = rest.length > 0 ? ` GROUP BY ${rest.join(', ')}` : '';
  return `(SELECT ${[...rest, ...cells].join(', ')} FROM ${relation}${groupBy})`;
}

/** Stands for the argument of an aggregate until that is known. */
const MARK = '\u0001';

/** `'P1' AS p` */
function named(part: readonly Node[], parameters: Parameters): { value: string; name: string } {
  const as = part.findIndex((node) => wordOf(node) === 'as');
  const value = as < 0 ? part : part.slice(0, as);
  const alias = part.at(-1);
  const own =
    value.length === 1 && value[0]!.kind === 'string'
      ? stringValue(value[0]!.text)
      : value.map(({ text }) => text).join('');
  return {
    value: rewrite(value, parameters),
    name: as >= 0 && isName(alias) ? foldedName(alias.text) : own.toLowerCase(),
  };
}

/** `relation UNPIVOT [INCLUDE|EXCLUDE NULLS] (value FOR name IN (column [AS 'label'], …))` */
export function unpivot(
  relation: string,
  { nodes }: { nodes: readonly Node[] },
  includeNulls: boolean,
  parameters: Parameters,
): string {
  const reader = new Reader(nodes);
  const value = identifier(foldedName(reader.name().text));
  reader.expect('for');
  const name = identifier(foldedName(reader.name().text));
  reader.expect('in');
  const entries = split(reader.group().nodes, ',').map((part) => {
    const [column, as, label] = part;
    if (!isName(column)) throw syntaxError(column?.text ?? ')');
    const own = foldedName(column.text);
    return { column: own, label: wordOf(as) === 'as' && label?.kind === 'string' ? stringValue(label.text) : own };
  });
  reader.end();
  const taken = new Set(entries.map(({ column }) => column));
  const columns = columnsOfQuery(`SELECT * FROM ${relation}`, parameters).filter((column) => !taken.has(column));
  const rows = entries.map(({ column, label }) => `('${label.replaceAll("'", "''")}'::varchar, ${identifier(column)})`);
  const filter = includeNulls ? '' : ` WHERE ${value} IS NOT NULL`;
  return `(SELECT ${[...columns.map(identifier), name, value].join(', ')} FROM ${relation} CROSS JOIN LATERAL (VALUES ${rows.join(', ')}) AS unpivoted(${name}, ${value})${filter})`;
}
