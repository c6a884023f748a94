/** Which pipelines are deployed where a verb asks, and which of them are paused. */
import { type ConnectOptions, connectIfUp, deployed } from './connection';
import { NotReachable } from './errors';
import { noteText } from './pause';
import { type PipelineState, stateOf } from './pause-note';
import { yellow } from './text';

export type ShownState = PipelineState | { readonly state: 'not deployed' };

/** By name; undefined where there is nobody to ask, which is no mistake: definitions can be listed without. */
export async function pipelineStates(
  options: ConnectOptions,
  names: readonly string[],
): Promise<ReadonlyMap<string, ShownState> | undefined> {
  const isNamed = options.profile !== undefined || options.region !== undefined || options.stateDir !== undefined;
  try {
    const connection = await connectIfUp(options);
    if (connection === undefined) return undefined;
    const stacks = await deployed(connection);
    const states = await Promise.all(
      names.map(async (name): Promise<[string, ShownState]> => {
        const at = stacks.pipelines.find((one) => one.name === name);
        return [name, at ? await stateOf(connection, stacks, at) : { state: 'not deployed' }];
      }),
    );
    return new Map(states);
  } catch (error) {
    if (isNamed || !(error instanceof NotReachable)) throw error;
    console.error(error.message);
    return undefined;
  }
}

export function stateText(name: string, shown: ShownState): string {
  if (shown.state === 'paused')
    return yellow(`paused${shown.note ? ` ${noteText(shown.note)}` : ''}; resume it: npx stepwell resume ${name}`);
  if (shown.state === 'half resumed')
    return yellow(
      `started again, but not by stepwell; what came while it was paused, ${noteText(shown.note)}, is loaded by: npx stepwell resume ${name}`,
    );
  return shown.state;
}
