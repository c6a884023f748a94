/** A definition in the Amazon States Language as a graph; any definition, not only those of pipelines. */
import type { MapState, State, StateMachine } from '../../../asl/types';
import { catches, itemProcessor, scopes, transitions } from '../../../asl/walk';
import type { Graph, GraphEdge, GraphNode } from '../../types/graph';

/** @param definition as DescribeStateMachineForExecution gives it */
export function graphOf(definition: string): Graph {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const { machine, path, parent } of scopes(JSON.parse(definition) as StateMachine)) {
    const branch = /\/Branches\[(\d+)\]$/.exec(path)?.[1];
    for (const [id, state] of Object.entries(machine.States ?? {})) {
      nodes.push({
        ...nodeOf(id, state),
        ...(parent === undefined ? {} : { parent }),
        ...(branch === undefined ? {} : { branch: Number(branch) }),
        ...(machine.StartAt === id ? { first: true } : {}),
      });
      const known = ({ to }: GraphEdge) => Object.hasOwn(machine.States, to);
      edges.push(...edgesOf(id, state).filter(known));
    }
  }
  return { nodes, edges };
}

function nodeOf(id: string, state: State): GraphNode {
  const retries = 'Retry' in state ? Math.max(0, ...(state.Retry ?? []).map((one) => one.MaxAttempts ?? DEFAULT)) : 0;
  return {
    id,
    type: state.Type,
    ...(state.Comment === undefined ? {} : { comment: state.Comment }),
    ...(state.Type === 'Task' ? { calls: state.Resource.replace(/^arn:[^:]*:states:::/, '') } : {}),
    ...(state.Type === 'Map' && isDistributed(state) ? { distributed: true } : {}),
    ...(retries > 0 ? { retries } : {}),
  };
}

/** MaxAttempts of a retrier that names none. */
const DEFAULT = 3;

const isDistributed = (state: MapState): boolean => {
  const processor = itemProcessor(state) as { ProcessorConfig?: { Mode?: string } } | undefined;
  return processor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
};

/** One line for each pair of states and kind, however many rules lead there. */
function edgesOf(from: string, state: State): GraphEdge[] {
  const found = new Map<string, GraphEdge>();
  const add = (edge: GraphEdge) => found.set(`${edge.kind} ${edge.to}`, edge);
  for (const { field, state: to } of transitions(state)) {
    add({ from, to, kind: field === 'Default' ? 'otherwise' : state.Type === 'Choice' ? 'choice' : 'next' });
  }
  for (const { state: to } of catches(state)) add({ from, to, kind: 'catch' });
  return [...found.values()];
}
