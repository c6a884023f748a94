import type { ListApplicationsCommandInput, ListApplicationsCommandOutput } from '@aws-sdk/client-emr-serverless';
import { type OperationOf, page } from '../stateful';
import { access } from './access';
import { applicationArn, shownApplication } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<ListApplicationsCommandOutput, '$metadata'>;

export const ListApplications: OperationOf<EmrServerlessState, ListApplicationsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [access('ListApplications', applicationArn(cloud).replace('applications/', ''))],

  async handle({ states = [], maxResults = 50, nextToken }) {
    const all = [...state().applications.values()]
      .filter((one) => states.length === 0 || states.includes(one.state))
      .sort((a, b) => a.createdAt - b.createdAt);
    const { items, nextToken: next } = page(all, maxResults, nextToken);
    const applications = items.map(shownApplication).map(({ applicationId, architecture, ...one }) => ({
      id: applicationId,
      ...(one.name === undefined ? {} : { name: one.name }),
      arn: one.arn,
      releaseLabel: one.releaseLabel,
      type: one.type,
      state: one.state,
      ...(one.stateDetails === undefined ? {} : { stateDetails: one.stateDetails }),
      createdAt: one.createdAt,
      updatedAt: one.updatedAt,
      ...(architecture === undefined ? {} : { architecture }),
    }));
    return { applications, ...(next === undefined ? {} : { nextToken: next }) };
  },
});
