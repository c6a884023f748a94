/** Looks whether a group's round ends, and ends it; else sees to it that somebody looks again. */
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { GatheredBy } from '../../lib/tasks/gather';
import { getItem, ledgerKeys } from '../shared/ledger';
import { hash } from '../shared/names';
import { adoptFiles } from './adopt';
import { close, finish } from './close';
import { tellOverdue } from './deadline';
import { type Closing, type Gathering, gatheringOf, noteTimer, noteTold, recount } from './items';
import { judge } from './judge';
import type { GatherServices } from './services';

/** Who closes a round has died by then. */
const ABANDONED_MS = 60_000;

export interface Look {
  /** as it was read just now */
  readonly gathering?: Gathering;
  /** of a timer: not before this time, whatever the clock here says; ms */
  readonly notBefore?: number;
  /** a person wants what is there loaded */
  readonly release?: boolean;
}

export type Looked = 'started' | 'waits' | 'nothing waits' | 'being closed' | 'paused';

export async function look(group: string, services: GatherServices, options: Look = {}): Promise<Looked> {
  const { ledger, pipeline, plan } = services;
  let { gathering, release = false } = options;
  let outcome: Looked | undefined;
  for (;;) {
    gathering ??= await gatheringOf(ledger, pipeline, group);
    if (gathering === undefined) return 'nothing waits';
    const { closing } = gathering;
    if (closing) {
      if (!mayFinish(closing, services)) return 'being closed';
      await finish(gathering, closing, services);
      outcome = 'started';
      gathering = undefined;
      continue;
    }
    const now = Math.max(services.now(), options.notBefore ?? 0);
    const verdict = judge(gathering, plan, now);
    const by: GatheredBy | undefined =
      release && gathering.openedAt !== undefined && verdict.close === undefined ? 'person' : verdict.close;
    if (by === undefined) {
      if (verdict.isOverdue) {
        if (await isPaused(services)) return 'paused';
        await tellOverdue(gathering, services);
        await noteTold(ledger, gathering);
        gathering = { ...gathering, toldRound: gathering.round };
        continue;
      }
      await setTimer(gathering, verdict.next, now, services);
      return outcome ?? (gathering.openedAt === undefined ? 'nothing waits' : 'waits');
    }
    if (!release && (await isPaused(services))) {
      services.log(`${group} waits until ${pipeline} is resumed.`);
      return 'paused';
    }
    if (by === 'files') {
      // A file that was noted by two attempts has counted twice.
      gathering = await recount(ledger, gathering);
      if (!gathering || judge(gathering, plan, now).close !== by) continue;
    }
    // What the marker stands for is there, whether or not its events have come.
    if (gathering.markedAt !== undefined) await adoptFiles(gathering, services);
    gathering = await close(gathering, by, services);
    release = false;
  }
}

const mayFinish = ({ owner, at }: Closing, { requestId, now }: GatherServices): boolean =>
  owner === requestId || now() - at > ABANDONED_MS;

const isPaused = async ({ ledger, pipeline }: GatherServices): Promise<boolean> =>
  (await getItem(ledger, ledgerKeys.pause(pipeline))) !== undefined;

async function setTimer(
  gathering: Gathering,
  next: number | undefined,
  now: number,
  services: GatherServices,
): Promise<void> {
  const { group, round, timerAt } = gathering;
  if (next === undefined) {
    if (gathering.openedAt !== undefined && timerAt !== undefined)
      await noteTimer(services.ledger, gathering, undefined, now);
    return;
  }
  // One that fires before finds that it is too early, and sets the next.
  if (timerAt !== undefined && timerAt > now && timerAt <= next) return;
  const at = Math.ceil(next / 1000) * 1000;
  try {
    await services.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: services.timerArn,
        name: `${hash(`${services.pipeline}#${group}`, 12)}-${round}-${at}`,
        input: JSON.stringify({ timer: { group, at: new Date(at).toISOString() } }),
      }),
    );
  } catch (error) {
    // Another invocation has set the same one.
    if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
  }
  await noteTimer(services.ledger, gathering, at, now);
}
