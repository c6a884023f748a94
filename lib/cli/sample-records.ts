/** Sample records of a pipeline that a stream starts. */
import { type Deployed, pipelineNamed } from '../operate/connection';
import type { PipelineFolder } from '../operate/pipelines';
import { putLines } from '../operate/put';
import { plural } from '../operate/text';
import { publishNow } from './publish-now';
import { sampleRecordsOf } from './samples';
import type { StartedRun, StartServices } from './start-runs';

/** Puts them on the stream, and gives the run that publishes them: none where all are duplicates of an earlier start's. */
export async function putRecordsOf(
  one: PipelineFolder,
  stacks: Deployed,
  { client, stages, signal }: Pick<StartServices, 'client' | 'stages' | 'signal'>,
): Promise<StartedRun[]> {
  const samples = await sampleRecordsOf(one);
  if (samples === undefined) return [];
  const { name } = one.pipeline;
  const at = pipelineNamed(stacks, name);
  const { stream } = at;
  if (stream === undefined) return [];
  const since = new Date();
  const connection = { client };
  return stages.run(`${name}: putting sample records on its stream`, async () => {
    const { records, key } = samples;
    const lines = records.map((record) => JSON.stringify(record));
    const put = await putLines(connection, stream, lines, { key });
    const executionArn = await publishNow(at, put, { connection, stacks, since, signal });
    const title = `${name}: ${plural(put, 'sample record')} put on the stream ${stream.name}`;
    if (executionArn === undefined) return { title: `${title}, all of which were there`, value: [] };
    return { title, value: [{ pipeline: name, wanted: { key: plural(put, 'sample record'), executionArn } }] };
  });
}
