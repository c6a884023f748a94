import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compile } from '../compiler';
import { pipelineFolders } from './pipelines';

/** What the committed file holds: the compiled state machine, as Workflow Studio reads it. */
export const aslText = (definition: unknown): string => `${JSON.stringify(definition, null, 2)}\n`;

export async function compileAll(): Promise<void> {
  for (const { folder, pipeline } of await pipelineFolders()) {
    const { definition } = await compile(pipeline, { folder });
    const file = path.join(folder, 'state-machine.asl.json');
    await writeFile(file, aslText(definition));
    console.log(path.relative(process.cwd(), file));
  }
}
