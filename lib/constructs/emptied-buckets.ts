import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { CustomResource, Duration, Names } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { BundledFunction } from './function';
import { FOUNDATION, logGroupName, METRICS_NAMESPACE } from './names';

const TIMEOUT = Duration.minutes(15);

/**
 * Buckets that are emptied before CloudFormation deletes them. The CDK's own helper does the same, by a function whose log group is made by
 * nobody and stays behind.
 */
export class EmptiedBuckets extends Construct {
  constructor(scope: Construct, id: string, buckets: readonly Bucket[]) {
    super(scope, id);
    const task = new BundledFunction(this, 'Task', {
      task: 'empty-bucket',
      description: 'Empties the buckets of a disposable installation when it is destroyed',
      logGroupName: logGroupName(FOUNDATION, 'empty-bucket'),
      memoryMb: 256,
      timeoutSeconds: TIMEOUT.toSeconds(),
      environment: {
        POWERTOOLS_SERVICE_NAME: FOUNDATION,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
      },
      permissions: buckets.flatMap((bucket) => [
        { statement: { actions: ['s3:ListBucketVersions'], resources: [bucket.bucketArn] } },
        {
          statement: {
            actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
            resources: [bucket.arnForObjects('*')],
          },
          wildcard: 'All that is in the bucket goes',
        },
      ]),
    });
    for (const bucket of buckets) {
      const emptied = new CustomResource(this, Names.uniqueResourceName(bucket, { maxLength: 40 }), {
        resourceType: 'Custom::StepwellEmptiedBucket',
        serviceToken: task.function.functionArn,
        serviceTimeout: TIMEOUT,
        properties: { BucketName: bucket.bucketName },
      });
      // What is made last goes first: while the bucket's policy lets the function in.
      if (bucket.policy) emptied.node.addDependency(bucket.policy);
    }
  }
}
