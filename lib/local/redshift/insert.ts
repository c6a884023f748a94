import { qualifiedName } from './create-table';
import { type Parameters, rewrite, SUPER_OID } from './expressions';
import { isGroup, type Node, type Reader, split, wordOf } from './tree';

/** INSERT INTO. A literal for a SUPER column is a string, which PostgreSQL would read as JSON. */
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

const isLiteral = (nodes: readonly Node[]) => nodes.length === 1 && nodes[0]!.kind === 'string';

const hasLiteral = (node: Node) => isGroup(node) && split(node.nodes, ',').some(isLiteral);

/** The values of a row, with a cast behind those literals that go into SUPER columns. */
function withStrings(nodes: readonly Node[], isSuper: readonly boolean[]): Node[] {
  return split(nodes, ',').flatMap((value, index): Node[] => {
    const at = value[0]?.at ?? 0;
    const cast: Node[] =
      isSuper[index] && isLiteral(value)
        ? [
            { kind: 'punctuation', text: '::', at },
            { kind: 'word', text: 'text', at },
          ]
        : [];
    return [...(index > 0 ? [{ kind: 'punctuation', text: ',', at } as const] : []), ...value, ...cast];
  });
}
