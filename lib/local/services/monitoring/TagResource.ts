import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { tagsOf } from '../tags';
import type { MonitoringState } from './state';
import { setTags, taggedAlarm } from './tagged';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<MonitoringState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'cloudwatch:TagResource', resource: ResourceARN }],

  async handle({ ResourceARN, Tags }) {
    const alarm = taggedAlarm(state(), ResourceARN);
    await setTags(state(), alarm, { ...alarm.tags, ...tagsOf(Tags) });
    return {};
  },
});
