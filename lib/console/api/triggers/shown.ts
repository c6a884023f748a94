/** What starts each pipeline, whether it may, and when it does next. */
import type { DeployedPipeline } from '../../../operate/connection';
import { waitedBy } from '../../../operate/drop';
import { waitingOf } from '../../../operate/gathering';
import { admitArguments, missedSince } from '../../../operate/missed';
import { startsAndState } from '../../../operate/pause-note';
import { intervalAt, nextFire } from '../../../tasks/fires';
import type { Schedule } from '../../../tasks/schedule';
import type { Context } from '../../server/route';
import type { Missed, TriggerShown, TriggersShown } from '../../types/triggers';
import { plan } from '../plans';

const AT_ONCE = 4;
/** Who asks at the same time shares an answer; who has paused it sees that at once. */
const KEPT_MS = 300;

export async function triggersShown(context: Context): Promise<TriggersShown> {
  const { pipelines } = await context.stacks();
  const triggers: TriggerShown[] = [];
  // Each asks for its rules, one after another: a few at once stay below what EventBridge allows.
  for (let first = 0; first < pipelines.length; first += AT_ONCE)
    triggers.push(
      ...(await Promise.all(pipelines.slice(first, first + AT_ONCE).map((at) => triggerShown(context, at)))),
    );
  return { triggers };
}

function triggerShown(context: Context, at: DeployedPipeline): Promise<TriggerShown> {
  const { connection, cached } = context;
  return cached(`trigger shown ${at.stateMachineArn}`, KEPT_MS, async () => {
    const stacks = await context.stacks();
    const [{ description, patterns = [], schedule, upstream }, { starts, state }] = await Promise.all([
      plan(context, at),
      startsAndState(connection, stacks, at),
    ]);
    const { stream } = at;
    // What is staged of a stream is gathered as files are.
    const isGathered = at.gatherFunctionArn !== undefined;
    const waited = isGathered && !stream ? await waitedBy(connection, at) : { patterns, markers: [] };
    const now = new Date();
    const latestInterval = schedule && intervalAt(schedule, now);
    return {
      pipeline: at.name,
      description,
      state: state.state,
      ...('note' in state && state.note ? { pause: state.note } : {}),
      kind: kindOf(),
      ...waited,
      ...(schedule ? { schedule } : {}),
      nextFires: schedule && state.state !== 'paused' ? nextFires(schedule, now) : [],
      ...(latestInterval ? { latestInterval } : {}),
      ...(upstream === undefined ? {} : { upstream }),
      ...(stream ? { stream: stream.name } : {}),
      starts,
      waiting: isGathered ? await waitingOf(connection, stacks, at.name) : [],
      bucket: at.landingBucket,
    };

    function kindOf(): TriggerShown['kind'] {
      if (stream) return 'stream';
      if (schedule) return 'schedule';
      if (upstream !== undefined) return 'after';
      return isGathered ? 'gathered files' : 'files';
    }
  });
}

const FIRES = 5;

export function nextFires(schedule: Schedule, from: Date): string[] {
  const found: string[] = [];
  let after = from;
  while (found.length < FIRES) {
    const fire = nextFire(schedule, after);
    if (fire === undefined) break;
    found.push(fire.toISOString());
    after = fire;
  }
  return found;
}

const TITLES = 20;

/** What a resume would start: the dry run. */
export async function missedShown(context: Context, at: DeployedPipeline): Promise<Missed> {
  const { connection } = context;
  const stacks = await context.stacks();
  const [{ state }, admit] = await Promise.all([
    startsAndState(connection, stacks, at),
    admitArguments(connection, at),
  ]);
  const note = state.state === 'active' ? undefined : state.note;
  const missed = note === undefined ? [] : await missedSince(connection, stacks, at, new Date(note.since));
  return {
    ...(note === undefined ? {} : { since: note.since }),
    titles: missed.slice(0, TITLES).map(({ title }) => title),
    total: missed.length,
    policy: admit.catchUp?.policy ?? 'all',
    hasLast: missed.every(({ key }) => key === undefined),
  };
}
