import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { tagList } from '../tags';
import type { MonitoringState } from './state';
import { taggedAlarm } from './tagged';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<MonitoringState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'cloudwatch:ListTagsForResource', resource: ResourceARN }],

  async handle({ ResourceARN }) {
    return { Tags: tagList(taggedAlarm(state(), ResourceARN).tags) };
  },
});
