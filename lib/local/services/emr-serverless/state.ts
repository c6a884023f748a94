/** Applications, job runs, and the jobs that run now. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplicationState, JobRunState } from '@aws-sdk/client-emr-serverless';
import type { CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import type { State } from '../stateful';
import { stateChange } from './events';
import { type ApplicationRecord, ENDED, type JobRecord, notFound, timeoutMinutesOf } from './record';
import { runJob } from './run-job';
import { newSlots } from './slots';
import { readSubmitParameters } from './submit-parameters';
import { exceeds, utilization, workersOf } from './workers';

export interface EmrServerlessState extends State {
  readonly applications: Table<ApplicationRecord>;
  readonly jobs: Table<JobRecord>;
  /** @throws ResourceNotFoundException */
  application(id: string | undefined): ApplicationRecord;
  /** @throws ResourceNotFoundException */
  job(applicationId: string | undefined, id: string | undefined): JobRecord;
  /** By way of the states between, with an event for each. */
  moveApplication(id: string, ...states: readonly ApplicationState[]): Promise<ApplicationRecord>;
  /** Whether a job of it has not ended. */
  isBusy(applicationId: string): boolean;
  start(job: JobRecord): void;
  /** Begins to end the job; what has ended stays as it is. */
  cancel(job: JobRecord): Promise<void>;
}

/** Jobs that run side by side on one machine. */
const MOST_AT_ONCE = 2;
const MINUTE_MS = 60_000;
const STOPPED = 'The local cloud was stopped while the job ran. Start it again: redrive the run.';

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export async function openEmrServerless(
  cloud: CloudContext,
  folder: string,
  assets: () => ReadonlyMap<string, string>,
): Promise<EmrServerlessState> {
  const applications = await openTable<ApplicationRecord>(join(folder, 'applications.ndjson'));
  const jobs = await openTable<JobRecord>(join(folder, 'job-runs.ndjson'));
  const running = new Map<string, Running>();
  const idle = new Map<string, NodeJS.Timeout>();
  const slots = newSlots(MOST_AT_ONCE);
  let isClosed = false;

  async function moveJob(id: string, state: JobRunState, change: Partial<JobRecord> = {}): Promise<JobRecord> {
    const before = jobs.get(id)!;
    const now = cloud.clock.now();
    const after: JobRecord = { ...before, ...change, state, updatedAt: now };
    await jobs.set(id, after);
    stateChange.job(cloud, after, before.state);
    return after;
  }

  async function perform(job: JobRecord, stop: AbortController): Promise<void> {
    const { id, applicationId } = job;
    clearTimeout(idle.get(applicationId));
    const application = state.application(applicationId);
    if (application.state !== 'STARTED') await state.moveApplication(applicationId, 'STARTING', 'STARTED');
    const { confs } = readSubmitParameters(job.input.jobDriver?.sparkSubmit?.sparkSubmitParameters);
    const workers = workersOf(confs);
    const tooMuch = exceeds(application.input.maximumCapacity, workers);
    if (tooMuch !== undefined) return void (await end(id, 'FAILED', tooMuch));
    await moveJob(id, 'PENDING');
    await moveJob(id, 'SCHEDULED');
    await slots.take(stop.signal);
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    const minutes = timeoutMinutesOf(job);
    try {
      const { state: outcome, stateDetails } = await runJob({
        cloud,
        job,
        folder: join(folder, 'running', id),
        assets: assets(),
        signal: stop.signal,
        onRunning: () => {
          void moveJob(id, 'RUNNING', { startedAt: cloud.clock.now() });
          if (minutes === 0) return;
          timer = setTimeout(() => {
            isLate = true;
            stop.abort(new Error('timed out'));
          }, minutes * MINUTE_MS);
        },
      });
      clearTimeout(timer);
      if (isClosed) return;
      if (isLate) {
        await moveJob(id, 'CANCELLING');
        await end(
          id,
          'CANCELLED',
          `The job run took longer than its timeout of ${minutes} minutes, and was cancelled.`,
        );
      } else if (stop.signal.aborted) await end(id, 'CANCELLED', 'The job run was cancelled by CancelJobRun.');
      else await end(id, outcome, stateDetails);
    } finally {
      clearTimeout(timer);
      slots.give();
    }

    async function end(of: string, last: 'SUCCESS' | 'FAILED' | 'CANCELLED', stateDetails: string): Promise<void> {
      const endedAt = cloud.clock.now();
      const { startedAt } = jobs.get(of)!;
      const spent = startedAt === undefined ? {} : utilization(workers, endedAt - startedAt);
      await moveJob(of, last, { stateDetails, endedAt, ...spent });
    }
  }

  function restWhenIdle(applicationId: string): void {
    const record = applications.get(applicationId);
    const { enabled = true, idleTimeoutMinutes = 15 } = record?.input.autoStopConfiguration ?? {};
    clearTimeout(idle.get(applicationId));
    if (!record || !enabled) return;
    const timer = setTimeout(() => {
      idle.delete(applicationId);
      if (applications.get(applicationId)?.state === 'STARTED' && !state.isBusy(applicationId))
        void state.moveApplication(applicationId, 'STOPPING', 'STOPPED');
    }, idleTimeoutMinutes * MINUTE_MS);
    timer.unref();
    idle.set(applicationId, timer);
  }

  const state: EmrServerlessState = {
    applications,
    jobs,
    ready() {
      for (const { id, state: before } of [...jobs.values()]) {
        if (!ENDED.has(before))
          void moveJob(id, 'FAILED', { stateDetails: STOPPED, endedAt: cloud.clock.now() }).catch(() => {});
      }
    },
    application(id) {
      const found = applications.get(id ?? '');
      if (!found || found.state === 'TERMINATED') throw notFound('Application', id);
      return found;
    },
    job(applicationId, id) {
      const found = jobs.get(id ?? '');
      if (!found || found.applicationId !== applicationId) throw notFound('Job run', id);
      return found;
    },
    async moveApplication(id, ...states) {
      for (const next of states) {
        const before = applications.get(id)!;
        await applications.set(id, { ...before, state: next, updatedAt: cloud.clock.now() });
        stateChange.application(cloud, applications.get(id)!);
      }
      return applications.get(id)!;
    },
    isBusy: (applicationId) =>
      [...jobs.values()].some((job) => job.applicationId === applicationId && !ENDED.has(job.state)),
    start(job) {
      const stop = new AbortController();
      const ended = perform(job, stop)
        .catch(async (error) => {
          cloud.log(`emr-serverless: ${job.id}: ${(error as Error).message}`);
          if (!isClosed) await moveJob(job.id, 'FAILED', { stateDetails: String((error as Error).message) });
        })
        .finally(() => {
          running.delete(job.id);
          if (!isClosed) restWhenIdle(job.applicationId);
        });
      running.set(job.id, { stop, ended });
    },
    async cancel({ id }) {
      const job = jobs.get(id)!;
      if (ENDED.has(job.state) || job.state === 'CANCELLING') return;
      await moveJob(id, 'CANCELLING');
      const current = running.get(id);
      if (current) current.stop.abort(new Error('cancelled'));
      else await moveJob(id, 'CANCELLED', { endedAt: cloud.clock.now() });
    },
    async close() {
      isClosed = true;
      for (const timer of idle.values()) clearTimeout(timer);
      for (const { stop } of running.values()) stop.abort(new Error('the cloud stops'));
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
      await rm(join(folder, 'running'), { recursive: true, force: true });
      await Promise.all([applications.close(), jobs.close()]);
    },
  };
  return state;
}
