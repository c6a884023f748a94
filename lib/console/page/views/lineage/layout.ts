/** Where the nodes of a lineage lie: from left to right, as rows flow. */
import { Graph as Dagre, layout as place } from '@dagrejs/dagre';
import type { LineageNode, LineageShown } from '../../../types/lineage';

export interface PlacedNode {
  readonly node: LineageNode;
  /** upper left corner */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly d: string;
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export const NODE = { width: 224, height: 46 } as const;

export function layOut({ nodes, edges }: LineageShown): Placed {
  const dagre = new Dagre();
  dagre.setGraph({ rankdir: 'LR', ranksep: 56, nodesep: 14, edgesep: 8, marginx: 4, marginy: 4 });
  dagre.setDefaultEdgeLabel(() => ({}));
  // Names are the user's: numbers cannot clash with what dagre joins names by.
  const numbers = new Map(nodes.map(({ id }, index) => [id, `${index}`]));
  for (const name of numbers.values()) dagre.setNode(name, { ...NODE });
  for (const { from, to } of edges) dagre.setEdge(numbers.get(from)!, numbers.get(to)!);
  place(dagre);
  const { width = 0, height = 0 } = dagre.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: nodes.map((node) => {
      const { x, y } = dagre.node(numbers.get(node.id)!) as { x: number; y: number };
      return { node, x: x - NODE.width / 2, y: y - NODE.height / 2 };
    }),
    edges: edges.map(({ from, to }) => {
      const { points } = dagre.edge(numbers.get(from)!, numbers.get(to)!) as { points: Point[] };
      const [start, end] = [dagre.node(numbers.get(from)!), dagre.node(numbers.get(to)!)] as [Point, Point];
      // From side to side, whatever corner dagre would leave it at; every second point lies between two columns.
      const inColumns = points.slice(1, -1).filter((_, index) => index % 2 === 1);
      return { from, to, d: curve([beside(start, 1), ...inColumns, beside(end, -1)]) };
    }),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const beside = ({ x, y }: Point, side: 1 | -1): Point => ({ x: x + (side * NODE.width) / 2, y });

/** Leaves and arrives level. */
function curve([first, ...rest]: readonly Point[]): string {
  let before = first!;
  let d = `M${before.x} ${before.y}`;
  for (const point of rest) {
    // What dagre gives may lie a little before the side of a node.
    if (point.x <= before.x) continue;
    const middle = (before.x + point.x) / 2;
    d += `C${middle} ${before.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    before = point;
  }
  return d;
}

/** The next node in the direction of an arrow key. */
export function neighbour({ nodes, edges }: Placed, id: string, key: string): string | undefined {
  const at = nodes.find(({ node }) => node.id === id);
  if (at === undefined) return undefined;
  const nearest = (ids: ReadonlySet<string>) =>
    nodes.filter(({ node }) => ids.has(node.id)).sort((a, b) => Math.abs(a.y - at.y) - Math.abs(b.y - at.y))[0]?.node
      .id;
  if (key === 'ArrowRight') return nearest(new Set(edges.flatMap(({ from, to }) => (from === id ? [to] : []))));
  if (key === 'ArrowLeft') return nearest(new Set(edges.flatMap(({ from, to }) => (to === id ? [from] : []))));
  const inColumn = nodes.filter(({ x }) => Math.abs(x - at.x) < NODE.width / 2).sort((a, b) => a.y - b.y);
  const index = inColumn.indexOf(at);
  if (key === 'ArrowDown') return inColumn[index + 1]?.node.id;
  return key === 'ArrowUp' ? inColumn[index - 1]?.node.id : undefined;
}

/** What a node is made of and what is made of it, at any distance. */
export function connected(edges: LineageShown['edges'], id: string): Set<string> {
  const follow = (next: (one: string) => string[]) => {
    const found = new Set([id]);
    for (const one of found) for (const other of next(one)) found.add(other);
    return found;
  };
  return new Set([
    ...follow((one) => edges.flatMap(({ from, to }) => (to === one ? [from] : []))),
    ...follow((one) => edges.flatMap(({ from, to }) => (from === one ? [to] : []))),
  ]);
}
