/** Where the states of a graph lie: each machine, branch and item is laid out by itself, and is then one node of what is around it. */
import { Graph as Dagre, layout as place } from '@dagrejs/dagre';
import type { Graph, GraphEdge, GraphNode } from '../../../types/graph';

export interface Placed {
  readonly width: number;
  readonly height: number;
  /** outer before inner */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Its upper left corner, from that of the whole. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedNode extends Box {
  readonly node: GraphNode;
  /** its states are drawn in it */
  readonly open: boolean;
  readonly depth: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export const NODE_HEIGHT = 44;
const NODE_WIDTH = { least: 152, most: 260 } as const;
/** of the letters on a node */
const LETTER = 7.2;
/** the status beside the name, and room at both sides */
const BESIDE = 52;
/** of a container: its title, and room around its states */
export const TITLE_HEIGHT = 34;
const PADDING = 14;
const BETWEEN_BRANCHES = 16;
/** Branches beyond it stand in a row below. */
const MOST_WIDE = 1100;

/** @param closed containers that are drawn as one node */
export function layOut(graph: Graph, closed: ReadonlySet<string> = new Set()): Placed {
  const children = grouped(graph.nodes, ({ parent }) => parent);
  return machine(children.get(undefined) ?? []);

  /** The states of one machine, branch or item, with what is in them. */
  function machine(nodes: readonly GraphNode[]): Placed {
    if (nodes.length === 0) return { width: 0, height: 0, nodes: [], edges: [] };
    const inner = new Map(nodes.map((node) => [node.id, contents(node)]));
    const dagre = new Dagre();
    dagre.setGraph({ rankdir: 'TB', ranksep: 30, nodesep: 24, edgesep: 12 });
    dagre.setDefaultEdgeLabel(() => ({}));
    // A state may be called `__proto__`, or what dagre joins names with: it gets numbers.
    const numbers = new Map(nodes.map(({ id }, index) => [id, `${index}`]));
    const numberOf = (id: string) => numbers.get(id)!;
    for (const node of nodes) dagre.setNode(numberOf(node.id), sizeOf(node, inner.get(node.id)));
    const edges = graph.edges.filter(({ from, to }) => inner.has(from) && inner.has(to));
    // Between two states one line is drawn; a state's way back to itself is none that dagre can lay.
    const drawn = new Map(edges.filter(({ from, to }) => from !== to).map((edge) => [keyOf(edge), edge]));
    for (const { from, to } of drawn.values()) dagre.setEdge(numberOf(from), numberOf(to), {});
    place(dagre);
    const { width = 0, height = 0 } = dagre.graph() as { width?: number; height?: number };
    const placed: PlacedNode[] = [];
    const lines: PlacedEdge[] = [...drawn.values()].map((edge) => ({
      edge,
      points: (dagre.edge(numberOf(edge.from), numberOf(edge.to)) as { points: { x: number; y: number }[] }).points,
    }));
    for (const node of nodes) {
      const at = dagre.node(numberOf(node.id)) as { x: number; y: number; width: number; height: number };
      const box = { x: at.x - at.width / 2, y: at.y - at.height / 2, width: at.width, height: at.height };
      const within = inner.get(node.id);
      placed.push({ ...box, node, open: within !== undefined, depth: 0 });
      if (within === undefined) continue;
      const dx = box.x + (box.width - within.width) / 2;
      const moved = shifted(within, dx, box.y + TITLE_HEIGHT);
      placed.push(...moved.nodes.map((one) => ({ ...one, depth: one.depth + 1 })));
      lines.push(...moved.edges);
    }
    return { width, height, nodes: placed, edges: lines };
  }

  /** Undefined for a state that has none in it, or is closed. */
  function contents(node: GraphNode): Placed | undefined {
    const nodes = children.get(node.id);
    if (nodes === undefined || closed.has(node.id)) return undefined;
    const branches = grouped(nodes, ({ branch }) => branch ?? 0);
    return inRows([...branches.values()].map((branch) => machine(branch)));
  }
}

function grouped<K>(nodes: readonly GraphNode[], by: (node: GraphNode) => K): Map<K, GraphNode[]> {
  const groups = new Map<K, GraphNode[]>();
  for (const node of nodes) {
    const group = groups.get(by(node));
    if (group) group.push(node);
    else groups.set(by(node), [node]);
  }
  return groups;
}

const keyOf = ({ from, to }: GraphEdge): string => JSON.stringify([from, to]);

function sizeOf({ id }: GraphNode, inner: Placed | undefined): { width: number; height: number } {
  const text = Math.min(NODE_WIDTH.most, Math.max(NODE_WIDTH.least, Math.round(id.length * LETTER) + BESIDE));
  if (inner === undefined) return { width: text, height: NODE_HEIGHT };
  return {
    width: Math.max(text, inner.width + 2 * PADDING),
    height: inner.height + TITLE_HEIGHT + PADDING,
  };
}

/** Branches side by side, in as many rows as it takes. */
function inRows(branches: readonly Placed[]): Placed {
  const rows: Placed[][] = [];
  let width = 0;
  for (const branch of branches) {
    if (rows.length === 0 || width + branch.width > MOST_WIDE) {
      rows.push([]);
      width = 0;
    }
    rows.at(-1)!.push(branch);
    width += branch.width + BETWEEN_BRANCHES;
  }
  const widthOf = (row: readonly Placed[]) =>
    row.reduce((sum, one) => sum + one.width, BETWEEN_BRANCHES * (row.length - 1));
  const all = Math.max(0, ...rows.map(widthOf));
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  let y = 0;
  for (const row of rows) {
    let x = (all - widthOf(row)) / 2;
    for (const branch of row) {
      const moved = shifted(branch, x, y);
      nodes.push(...moved.nodes);
      edges.push(...moved.edges);
      x += branch.width + BETWEEN_BRANCHES;
    }
    y += Math.max(...row.map(({ height }) => height)) + BETWEEN_BRANCHES;
  }
  return { width: all, height: Math.max(0, y - BETWEEN_BRANCHES), nodes, edges };
}

const shifted = (placed: Placed, dx: number, dy: number): Pick<Placed, 'nodes' | 'edges'> => ({
  nodes: placed.nodes.map((one) => ({ ...one, x: one.x + dx, y: one.y + dy })),
  edges: placed.edges.map(({ edge, points }) => ({
    edge,
    points: points.map(({ x, y }) => ({ x: x + dx, y: y + dy })),
  })),
});
