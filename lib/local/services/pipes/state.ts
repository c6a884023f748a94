/** The pipes, and those that run. */
import { join } from 'node:path';
import { AwsError, type CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import type { State } from '../stateful';
import type { PipeRecord } from './record';
import { runPipe } from './run';

export interface PipesState extends State {
  readonly pipes: Table<PipeRecord>;
  /** Throws NotFoundException. */
  pipe(name: string | undefined): PipeRecord;
  /** Writes the pipe and starts, restarts or stops it. */
  put(pipe: PipeRecord): Promise<PipeRecord>;
  remove(pipe: PipeRecord): Promise<void>;
}

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export async function openPipes(cloud: CloudContext, folder: string): Promise<PipesState> {
  const pipes = await openTable<PipeRecord>(join(folder, 'pipes.ndjson'));
  const running = new Map<string, Running>();
  let isReady = false;

  const note = (name: string, problem: string | undefined) => {
    const pipe = pipes.get(name);
    if (!pipe || pipe.stateReason === problem) return;
    if (problem) cloud.log(`pipes: ${name}: ${problem}`);
    const { stateReason: _, ...others } = pipe;
    pipes
      .set(name, problem ? { ...others, stateReason: problem } : others)
      .catch((error) => cloud.log(`pipes: ${error.message}`));
  };
  const stop = async (name: string) => {
    const current = running.get(name);
    running.delete(name);
    current?.stop.abort(new Error('stopped'));
    await current?.ended;
  };
  const start = (pipe: PipeRecord) => {
    const controller = new AbortController();
    const ended = runPipe(cloud, pipe, controller.signal, (problem) => note(pipe.name, problem)).catch((error) =>
      cloud.log(`pipes: ${pipe.name} has stopped: ${(error as Error).message}`),
    );
    running.set(pipe.name, { stop: controller, ended });
  };

  return {
    pipes,
    ready() {
      isReady = true;
      for (const pipe of pipes.values()) if (pipe.desiredState === 'RUNNING') start(pipe);
    },
    pipe(name) {
      const found = pipes.get(name ?? '');
      if (!found) throw new AwsError('NotFoundException', `Pipe ${name} does not exist.`, 404);
      return found;
    },
    async put(pipe) {
      await stop(pipe.name);
      const { stateReason: _, ...others } = pipe;
      const settled: PipeRecord = { ...others, currentState: pipe.desiredState };
      await pipes.set(pipe.name, settled);
      // Before that its resources may be missing: `ready` starts it.
      if (isReady && settled.desiredState === 'RUNNING') start(settled);
      return settled;
    },
    async remove({ name }) {
      await stop(name);
      await pipes.delete(name);
    },
    async close() {
      await Promise.all([...running.keys()].map(stop));
      await pipes.close();
    },
  };
}
