import type { Service } from '../../service';
import type { ResourcePolicies } from '../resource-policy';
import { statefulService } from '../stateful';
import { AddTagsToStream } from './AddTagsToStream';
import { CreateStream } from './CreateStream';
import { DecreaseStreamRetentionPeriod } from './DecreaseStreamRetentionPeriod';
import { DeleteResourcePolicy } from './DeleteResourcePolicy';
import { DeleteStream } from './DeleteStream';
import { DescribeLimits } from './DescribeLimits';
import { DescribeStream } from './DescribeStream';
import { DescribeStreamSummary } from './DescribeStreamSummary';
import { DisableEnhancedMonitoring } from './DisableEnhancedMonitoring';
import { EnableEnhancedMonitoring } from './EnableEnhancedMonitoring';
import { GetRecords } from './GetRecords';
import { GetResourcePolicy } from './GetResourcePolicy';
import { GetShardIterator } from './GetShardIterator';
import { IncreaseStreamRetentionPeriod } from './IncreaseStreamRetentionPeriod';
import { ListShards } from './ListShards';
import { ListStreams } from './ListStreams';
import { ListTagsForResource } from './ListTagsForResource';
import { ListTagsForStream } from './ListTagsForStream';
import { MergeShards } from './MergeShards';
import { PutRecord } from './PutRecord';
import { PutRecords } from './PutRecords';
import { PutResourcePolicy } from './PutResourcePolicy';
import { RemoveTagsFromStream } from './RemoveTagsFromStream';
import { SplitShard } from './SplitShard';
import { StartStreamEncryption } from './StartStreamEncryption';
import { StopStreamEncryption } from './StopStreamEncryption';
import { openKinesis } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdateMaxRecordSize } from './UpdateMaxRecordSize';
import { UpdateShardCount } from './UpdateShardCount';
import { UpdateStreamMode } from './UpdateStreamMode';

/** Amazon Kinesis Data Streams. */
export function createKinesisService({ policies }: { readonly policies?: ResourcePolicies } = {}): Service {
  return statefulService({
    name: 'kinesis',
    open: (cloud, folder) => openKinesis(cloud, folder, policies),
    operations: {
      AddTagsToStream,
      CreateStream,
      DecreaseStreamRetentionPeriod,
      DeleteResourcePolicy,
      DeleteStream,
      DescribeLimits,
      DescribeStream,
      DescribeStreamSummary,
      DisableEnhancedMonitoring,
      EnableEnhancedMonitoring,
      GetRecords,
      GetResourcePolicy,
      GetShardIterator,
      IncreaseStreamRetentionPeriod,
      ListShards,
      ListStreams,
      ListTagsForResource,
      ListTagsForStream,
      MergeShards,
      PutRecord,
      PutRecords,
      PutResourcePolicy,
      RemoveTagsFromStream,
      SplitShard,
      StartStreamEncryption,
      StopStreamEncryption,
      TagResource,
      UntagResource,
      UpdateMaxRecordSize,
      UpdateShardCount,
      UpdateStreamMode,
    },
  });
}
