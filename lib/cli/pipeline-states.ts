/** Which pipelines are deployed where a verb asks, and which of them are paused. */
import { type ConnectOptions, deployed } from '../operate/connection';
import { NotReachable } from '../operate/errors';
import { type Waiting, waitingOf, waitingText } from '../operate/gathering';
import { type PipelineState, stateOf } from '../operate/pause-note';
import { plural } from '../operate/text';
import { type Watched, watchedOf } from '../operate/watched';
import { connectIfUp } from './connect';
import { noteText } from './pause';
import { yellow } from './terminal';
import { watchedLines } from './watched-lines';

export type ShownState =
  | (PipelineState & { readonly watched: Watched; readonly waiting?: readonly Waiting[] })
  | { readonly state: 'not deployed' };

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
        if (at === undefined) return [name, { state: 'not deployed' }];
        const [state, watched, waiting] = await Promise.all([
          stateOf(connection, stacks, at),
          watchedOf(connection, stacks, name),
          at.gatherFunctionArn ? waitingOf(connection, stacks, name) : undefined,
        ]);
        return [name, { ...state, watched, ...(waiting ? { waiting } : {}) }];
      }),
    );
    return new Map(states);
  } catch (error) {
    if (isNamed || !(error instanceof NotReachable)) throw error;
    console.error(error.message);
    return undefined;
  }
}

/** `  data      redshift:shop.orders  2 h old`: what the watch knows, in lines of the listing. */
export const watchedText = (shown: ShownState): string[] =>
  'watched' in shown ? watchedLines(shown.watched).map(([label, text]) => `  ${label.padEnd(9)} ${text}`) : [];

const SHOWN = 5;

/** `  waits     12 files of 2026-11-20 since …`. */
export function waitingLines(shown: ShownState): string[] {
  const waiting = ('waiting' in shown && shown.waiting) || [];
  const more = waiting.length - SHOWN;
  return [
    ...waiting.slice(0, SHOWN).map((one) => `  waits     ${waitingText(one)}`),
    ...(more > 0 ? [`            and ${plural(more, 'other date')}`] : []),
  ];
}

export function stateText(name: string, shown: ShownState | PipelineState): string {
  if (shown.state === 'paused')
    return yellow(`paused${shown.note ? ` ${noteText(shown.note)}` : ''}; resume it: npx stepwell resume ${name}`);
  if (shown.state === 'half resumed')
    return yellow(
      `started again, but not by stepwell; what came while it was paused, ${noteText(shown.note)}, is loaded by: npx stepwell resume ${name}`,
    );
  return shown.state;
}
