/** What is made of what: sources, models and tables of all pipelines as a graph. */
import type { DeployedPlan, PlannedModel } from './deployed-plan';
import { tableOf } from './tables';

export interface GraphNode {
  readonly id: string;
  readonly kind: 'source' | 'model' | 'table';
  readonly name: string;
  readonly pipeline: string;
  readonly detail: string;
  /** id of the table */
  readonly table?: string;
}

export interface LineageGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export function lineageGraph(plans: readonly DeployedPlan[]): LineageGraph {
  const nodes: GraphNode[] = [];
  const edges: { from: string; to: string }[] = [];
  for (const { pipeline, sources, models, sinks, upstream } of plans) {
    const source = (name: string) => `source:${pipeline}/${name}`;
    const model = (name: string) => `model:${pipeline}/${name}`;
    const before = plans.find((one) => one.pipeline === upstream);
    for (const { name, kind, reads, model: published } of sources) {
      nodes.push({ id: source(name), kind: 'source', name, pipeline, detail: kind });
      if (kind === 'streamRecords')
        for (const one of plans)
          for (const { stream, model: put } of one.puts)
            if (reads.includes(stream)) edges.push({ from: `model:${one.pipeline}/${put}`, to: source(name) });
      // The tables of that model all hold the rows that are read.
      for (const sink of before?.sinks ?? [])
        if (published !== undefined && sink.model === published)
          edges.push({ from: `table:${tableOf(before!.pipeline, sink).id}`, to: source(name) });
    }
    for (const { name, kind, inputs } of models) {
      nodes.push({ id: model(name), kind: 'model', name, pipeline, detail: kind });
      for (const input of inputs) edges.push({ from: idOf(input), to: model(name) });
    }
    for (const sink of sinks) {
      const table = tableOf(pipeline, sink);
      const id = `table:${table.id}`;
      nodes.push({ id, kind: 'table', name: table.name, pipeline, detail: table.database, table: table.id });
      edges.push({ from: idOf(sink.model), to: id });
    }

    function idOf(input: string): string {
      const sink = sinks.find((one) => one.id === input);
      if (sink !== undefined) return `table:${tableOf(pipeline, sink).id}`;
      return models.some(({ name }) => name === input) ? model(input) : source(input);
    }
  }
  const known = new Set(nodes.map(({ id }) => id));
  return { nodes, edges: edges.filter(({ from, to }) => known.has(from) && known.has(to)) };
}

/** What a node is made of, and what is made of it, each at any distance; with itself. */
export function around({ nodes, edges }: LineageGraph, id: string): LineageGraph {
  const back = reached(id, (one) => edges.flatMap(({ from, to }) => (to === one ? [from] : [])));
  const on = reached(id, (one) => edges.flatMap(({ from, to }) => (from === one ? [to] : [])));
  const kept = new Set([...back, ...on]);
  return {
    nodes: nodes.filter((node) => kept.has(node.id)),
    edges: edges.filter(({ from, to }) => (back.has(from) && back.has(to)) || (on.has(from) && on.has(to))),
  };
}

function reached(start: string, next: (id: string) => readonly string[]): Set<string> {
  const found = new Set([start]);
  // A set hands out what is added to it while it is gone through.
  for (const id of found) for (const one of next(id)) found.add(one);
  return found;
}

/** The models that make the rows of one, in the order of their work: its own is the last. */
export function chainOf({ models }: DeployedPlan, name: string): PlannedModel[] {
  const wanted = reached(name, (one) => models.find((model) => model.name === one)?.inputs ?? []);
  return models.filter((model) => wanted.has(model.name));
}
