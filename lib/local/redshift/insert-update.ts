import { qualifiedName } from './create-table';
import { syntaxError } from './errors';
import { type Parameters, rewrite, SUPER_OID } from './expressions';
import { isGroup, type Node, type Reader, split, wordOf } from './tree';

/** INSERT and UPDATE: a literal for a SUPER column is a string, which PostgreSQL would read as JSON. */

/** INSERT INTO table [(columns)] … */
export function insert(reader: Reader, parameters: Parameters): string {
  const { nodes } = reader;
  const values = nodes.findIndex((node) => wordOf(node) === 'values');
  if (values < 0 || !nodes.slice(values).some(hasLiteral)) return rewrite(nodes, parameters);
  reader.expect('insert', 'into');
  const table = qualifiedName(reader);
  const columns = reader.takeGroup();
  const list = columns ? rewrite(columns.nodes, parameters) : '*';
  const isSuper = parameters.types(`SELECT ${list} FROM ${table}`).map(({ type }) => type === SUPER_OID);
  if (!isSuper.includes(true)) return rewrite(nodes, parameters);
  const rows = nodes
    .slice(values)
    .map((node) => (isGroup(node) ? { ...node, nodes: withStrings(node.nodes, isSuper) } : node));
  return rewrite([...nodes.slice(0, values), ...rows], parameters);
}

/** UPDATE table [[AS] alias] SET column = value, … */
export function update(reader: Reader, parameters: Parameters): string {
  const { nodes } = reader;
  const set = nodes.findIndex((node) => wordOf(node) === 'set');
  if (set < 0 || isGroup(nodes[set + 1])) throw syntaxError(nodes[set + 1]?.text ?? 'end of input');
  const rest = nodes.findIndex((node, at) => at > set && ['from', 'where'].includes(wordOf(node)));
  const end = rest < 0 ? nodes.length : rest;
  const assignments = split(nodes.slice(set + 1, end), ',');
  const literals = assignments.flatMap(([column, , ...value]) => (column && isLiteral(value) ? [column] : []));
  if (literals.length === 0) return rewrite(nodes, parameters);
  reader.expect('update');
  const table = qualifiedName(reader);
  const columns = literals.map((column) => rewrite([column], parameters));
  const types = parameters.types(`SELECT ${columns.join(', ')} FROM ${table}`);
  const supers = new Set(literals.filter((_column, index) => types[index]?.type === SUPER_OID));
  if (supers.size === 0) return rewrite(nodes, parameters);
  const list = assignments.flatMap((assignment, index) => [
    ...(index > 0 ? [comma(nodes[set]!.at)] : []),
    ...(supers.has(assignment[0]!) ? [...assignment, ...asText(nodes[set]!.at)] : assignment),
  ]);
  return rewrite([...nodes.slice(0, set + 1), ...list, ...nodes.slice(end)], parameters);
}

const comma = (at: number): Node => ({ kind: 'punctuation', text: ',', at });

const asText = (at: number): Node[] => [
  { kind: 'punctuation', text: '::', at },
  { kind: 'word', text: 'text', at },
];

const isLiteral = (nodes: readonly Node[]) => nodes.length === 1 && nodes[0]!.kind === 'string';

const hasLiteral = (node: Node) => isGroup(node) && split(node.nodes, ',').some(isLiteral);

/** The values of a row, with a cast behind those literals that go into SUPER columns. */
function withStrings(nodes: readonly Node[], isSuper: readonly boolean[]): Node[] {
  return split(nodes, ',').flatMap((value, index): Node[] => {
    const at = value[0]?.at ?? 0;
    const cast = isSuper[index] && isLiteral(value) ? asText(at) : [];
    return [...(index > 0 ? [comma(at)] : []), ...value, ...cast];
  });
}
