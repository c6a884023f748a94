import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct, type IDependable } from 'constructs';
import type { CompiledStream } from '../compiler/types';
import { acknowledge } from './acknowledge';
import { alarm } from './alarm';
import { deliverTo } from './event-targets';
import { PREFIX } from './names';
import { protection } from './protection';

const QUEUE_DAYS = 14;

/** Where Lambda tells of records that it has given up: shard and sequence numbers, the records themselves lie in the stream. */
export class GivenUpRecords extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(QUEUE_DAYS),
    });
    acknowledge(this.queue, { SQS3: 'It is where failures end' });
  }
}

export interface RecordStreamProps {
  readonly pipeline: string;
  readonly stream: CompiledStream;
  readonly consume: IFunction;
  readonly givenUp: Queue;
  /** what must be there before the first record is taken */
  readonly after: readonly IDependable[];
  readonly topicArn: readonly string[];
  readonly deadLetters: IQueue;
}

/** A stream on demand, and the mapping that hands its records to a function in batches. */
export class RecordStream extends Construct {
  readonly alarmArns: readonly string[];
  readonly mappingId: string;
  readonly name: string;

  constructor(scope: Construct, id: string, props: RecordStreamProps) {
    super(scope, id);
    const { pipeline, stream, consume, givenUp, after, topicArn } = props;
    const kinesis = new CfnStream(this, 'Stream', {
      name: stream.name,
      streamModeDetails: { streamMode: 'ON_DEMAND' },
      retentionPeriodHours: stream.retentionHours,
      // Without them nobody could tell whether one shard has most of the records.
      desiredShardLevelMetrics: ['IncomingBytes', 'IncomingRecords'],
      streamEncryption: { encryptionType: 'KMS', keyId: 'alias/aws/kinesis' },
    });
    // A first deploy that fails must be able to take its name away.
    const { deletionProtection } = protection(this);
    kinesis.applyRemovalPolicy(deletionProtection ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY);
    this.name = kinesis.ref;
    this.mappingId = this.mapping(kinesis.attrArn, props).ref;
    if (stream.mapping.tumblingSeconds !== undefined) {
      // The last window of a shard may be one whose end was given up: no record comes that would bring it up.
      const rule = new CfnRule(this, 'Counts', {
        description: `Looks for windows of ${pipeline} whose counts are not in their tables`,
        scheduleExpression: 'rate(15 minutes)',
      });
      deliverTo(rule, consume, props.deadLetters);
    }
    for (const one of after) this.node.addDependency(one);

    const ofStream = (name: string) => ({ namespace: 'AWS/Kinesis', name, dimensions: { StreamName: kinesis.ref } });
    const minutes = Math.round(stream.lateSeconds / 60);
    this.alarmArns = [
      alarm(this, 'Late', {
        name: `${PREFIX}-${pipeline}-stream-late`,
        description: `Records of ${pipeline} wait for more than ${minutes === 1 ? 'a minute' : `${minutes} minutes`} in the stream. See npx stepwell show ${pipeline}, and npx stepwell logs ${pipeline} for what the function consume says.`,
        // Of Kinesis' own metric there is none while a batch is tried again: nobody reads on.
        metric: {
          namespace: 'AWS/Lambda',
          name: 'IteratorAge',
          dimensions: { FunctionName: consume.functionName },
          statistic: 'Maximum',
        },
        above: stream.lateSeconds * 1000,
        topicArn,
      }),
      alarm(this, 'GivenUp', {
        name: `${PREFIX}-${pipeline}-stream-given-up`,
        description: `Records of ${pipeline} could not be taken, however often it was tried. They lie in the stream for ${stream.retentionHours} hours after they came. When the cause is mended: npx stepwell redrive ${pipeline} --given-up`,
        metric: {
          namespace: 'AWS/SQS',
          name: 'ApproximateNumberOfMessagesVisible',
          dimensions: { QueueName: givenUp.queueName },
          statistic: 'Maximum',
        },
        above: 0,
        topicArn,
      }),
      alarm(this, 'Refused', {
        name: `${PREFIX}-${pipeline}-stream-refused`,
        description: `The stream of ${pipeline} refuses records: they come faster than it grows, or most have one partition key. Whoever puts them tries again; see npx stepwell show ${pipeline} for how warm each shard is.`,
        metric: { ...ofStream('WriteProvisionedThroughputExceeded'), statistic: 'Sum' },
        above: 0,
        topicArn,
      }),
    ].map(({ attrArn }) => attrArn);
  }

  private mapping(streamArn: string, { stream: { mapping }, consume, givenUp }: RecordStreamProps) {
    return new CfnEventSourceMapping(this, 'Mapping', {
      eventSourceArn: streamArn,
      functionName: consume.functionName,
      startingPosition: mapping.startFrom,
      batchSize: mapping.batchSize,
      maximumBatchingWindowInSeconds: mapping.windowSeconds,
      parallelizationFactor: mapping.parallel,
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ['ReportBatchItemFailures'],
      maximumRetryAttempts: mapping.attempts,
      maximumRecordAgeInSeconds: mapping.maxAgeSeconds ?? -1,
      destinationConfig: { onFailure: { destination: givenUp.queueArn } },
      ...(mapping.tumblingSeconds === undefined ? {} : { tumblingWindowInSeconds: mapping.tumblingSeconds }),
    });
  }
}
