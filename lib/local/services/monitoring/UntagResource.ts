import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import type { MonitoringState } from './state';
import { setTags, taggedAlarm } from './tagged';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<MonitoringState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'cloudwatch:UntagResource', resource: ResourceARN }],

  async handle({ ResourceARN, TagKeys }) {
    const alarm = taggedAlarm(state(), ResourceARN);
    await setTags(state(), alarm, withoutTags(alarm.tags, TagKeys));
    return {};
  },
});
