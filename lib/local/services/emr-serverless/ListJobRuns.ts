import type { JobRunSummary, ListJobRunsCommandInput, ListJobRunsCommandOutput } from '@aws-sdk/client-emr-serverless';
import { type OperationOf, page } from '../stateful';
import { ofApplication } from './access';
import { shownJob } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<ListJobRunsCommandOutput, '$metadata'>;

/** The latest first. */
export const ListJobRuns: OperationOf<EmrServerlessState, ListJobRunsCommandInput, Output> = (state) => ({
  authorize: ({ applicationId }, { cloud }) => ofApplication('ListJobRuns', cloud, applicationId),

  async handle({ applicationId, states = [], createdAtAfter, createdAtBefore, maxResults = 50, nextToken }) {
    const { id } = state().application(applicationId);
    const all = [...state().jobs.values()]
      .filter((job) => job.applicationId === id)
      .filter((job) => states.length === 0 || states.includes(job.state))
      .filter(({ createdAt }) => createdAt >= +(createdAtAfter ?? 0))
      .filter(({ createdAt }) => createdAtBefore === undefined || createdAt <= +createdAtBefore)
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
    const { items, nextToken: next } = page(all, maxResults, nextToken);
    const jobRuns = items.map(shownJob).map(
      ({ jobRunId, ...job }): JobRunSummary => ({
        applicationId: job.applicationId,
        id: jobRunId,
        ...(job.name === undefined ? {} : { name: job.name }),
        arn: job.arn,
        createdBy: job.createdBy,
        createdAt: job.createdAt,
        updatedAt: job.updatedAt,
        executionRole: job.executionRole,
        state: job.state,
        stateDetails: job.stateDetails,
        releaseLabel: job.releaseLabel,
        type: 'Spark',
        ...(job.mode === undefined ? {} : { mode: job.mode }),
        attempt: 1,
      }),
    );
    return { jobRuns, ...(next === undefined ? {} : { nextToken: next }) };
  },
});
