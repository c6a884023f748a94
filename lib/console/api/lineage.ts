/** What tables are made of, as it is deployed, and the runs and files that have made them. */
import { pipelineNamed } from '../../operate/connection';
import { filesOfRun } from '../../operate/ledger';
import { around, chainOf, lineageGraph } from '../../operate/lineage-graph';
import type { Context, Route } from '../server/route';
import type { LineageShown, TableLineage } from '../types/lineage';
import { loadsOf, streamOf } from './data/tables';
import { plans, runs, tableOf } from './plans';

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/lineage',
    handle: async ({ query }, context): Promise<LineageShown> => {
      const graph = lineageGraph(await plans(context));
      const table = query.get('table');
      if (table === null) return graph;
      return around(graph, `table:${(await tableOf(context, table)).id}`);
    },
  },
  { method: 'GET', path: '/api/lineage/:table', handle: ({ params }, context) => tableLineage(context, params.table!) },
];

const RUNS = 50;
const FILES = 20;

async function tableLineage(context: Context, id: string): Promise<TableLineage> {
  const all = await plans(context);
  const table = await tableOf(context, id);
  const plan = all.find(({ pipeline }) => pipeline === table.pipeline)!;
  const chain = chainOf(plan, table.sink.model);
  const inputs = new Set([table.sink.model, ...chain.flatMap((model) => model.inputs)]);
  const { nodes } = around(lineageGraph(all), `table:${id}`);
  const back = around(lineageGraph(all), `table:${id}`).edges;
  const before = beforeOf(`table:${id}`, back);
  const others = nodes.flatMap((node) => (node.table === undefined || node.table === id ? [] : [node]));
  const at = pipelineNamed(await context.stacks(), table.pipeline);
  const latest = await runs(context, at);
  const byId = new Map(latest.map((run) => [run.runId, run]));
  return {
    id,
    pipeline: table.pipeline,
    sources: plan.sources
      .filter(({ name }) => inputs.has(name))
      .map(({ name, kind, reads }) => ({ name, pipeline: plan.pipeline, kind, reads })),
    models: chain.map(({ name, kind, inputs: of, sql, file }) => ({
      name,
      kind,
      inputs: of,
      ...(sql === undefined ? {} : { sql }),
      ...(file === undefined ? {} : { file }),
    })),
    madeOf: others.filter((node) => before.has(node.id)).map((node) => node.table!),
    readBy: others.filter((node) => !before.has(node.id)).map((node) => node.table!),
    ...streamOf(at, table),
    runs: loadsOf(table, latest)
      .slice(0, RUNS)
      .map(({ runId, ...load }) => {
        const run = byId.get(runId)!;
        const objects = run.objects ?? [];
        const files = objects.length > 0 ? objects : run.files.map((key) => ({ key }));
        return {
          pipeline: table.pipeline,
          runId,
          ...load,
          files: files.slice(0, FILES).map((file) => ({
            key: file.key,
            ...('versionId' in file && file.versionId !== undefined ? { versionId: file.versionId } : {}),
          })),
          moreFiles: Math.max(0, Math.max(filesOfRun(run), files.length) - FILES),
        };
      }),
  };
}

function beforeOf(id: string, edges: LineageShown['edges']): Set<string> {
  const found = new Set([id]);
  for (const one of found) for (const { from, to } of edges) if (to === one) found.add(from);
  return found;
}
