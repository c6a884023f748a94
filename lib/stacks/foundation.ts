import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { BucketName } from '../compiler/types';
import { alarm } from '../constructs/alarm';
import { Alerts } from '../constructs/alerts';
import { anyPipeline } from '../constructs/any-pipeline';
import { Aurora } from '../constructs/aurora';
import { Backfill } from '../constructs/backfill';
import { Bootstrap } from '../constructs/bootstrap';
import { DataBuckets } from '../constructs/data-buckets';
import { DeadLetters } from '../constructs/dead-letters';
import { Ledger } from '../constructs/ledger';
import { FOUNDATION, PREFIX, TITLE } from '../constructs/names';
import { Network } from '../constructs/network';
import { OverviewAlarms } from '../constructs/overview-alarms';
import { overviewDashboard } from '../constructs/overview-dashboard';
import { SourceNetwork, type SourceVpc } from '../constructs/source-network';
import { Sweep } from '../constructs/sweep';
import { Warehouse } from '../constructs/warehouse';
import { Watch } from '../constructs/watch';

export interface FoundationProps extends StackProps {
  /** who hears when the foundation itself fails, which stops every pipeline */
  readonly alertEmails: readonly string[];
  /** in which sources are read */
  readonly sourceVpc?: SourceVpc;
}

/**
 * What all pipelines share: buckets, databases and their network, the ledger, the bootstrap and the sweeper. The same whatever the
 * pipelines need: a database that went with the last pipeline to use it could neither keep its data nor come back under its name.
 */
export class FoundationStack extends Stack {
  readonly buckets: DataBuckets;
  readonly aurora: Aurora;
  readonly warehouse: Warehouse;
  readonly ledger: Ledger;
  readonly bootstrap: Bootstrap;
  readonly watch: Watch;
  /** as a pipeline's stack imports them, so that what it says about its roles' resources reads as in its template */
  readonly bucketArns: Readonly<Record<BucketName, string>>;

  constructor(scope: Construct, id: string, { alertEmails, sourceVpc, ...props }: FoundationProps) {
    super(scope, id, { description: 'Stepwell: what all pipelines share', ...props });
    this.buckets = new DataBuckets(this, 'Buckets');
    const { work, logs } = this.buckets;
    const { vpc, databases } = new Network(this, 'Network', { work, flowLogs: logs });
    this.aurora = new Aurora(this, 'Aurora', { vpc, securityGroup: databases, work });
    this.warehouse = new Warehouse(this, 'Warehouse', { vpc, securityGroup: databases, work });
    if (sourceVpc) new SourceNetwork(this, 'SourceNetwork', sourceVpc);
    this.ledger = new Ledger(this, 'Ledger');
    this.bootstrap = new Bootstrap(this, 'Bootstrap', { aurora: this.aurora, warehouse: this.warehouse });
    const { queue } = new DeadLetters(this, 'DeadLetters');
    const sweep = new Sweep(this, 'Sweep', {
      ledger: this.ledger,
      buckets: this.buckets,
      warehouse: this.warehouse,
      deadLetters: queue,
    });
    const backfill = new Backfill(this, 'Backfill', { ledger: this.ledger, work });
    this.watch = new Watch(this, 'Watch', { ledger: this.ledger, landing: this.buckets.landing });
    new CfnOutput(this, 'BackfillMachineArn', { value: backfill.stateMachineArn });

    const { topicArn } = new Alerts(this, 'Alerts', { displayName: TITLE, email: alertEmails }).topic;
    const deadLetters = alarm(this, 'DeadLetterAlarm', {
      name: `${PREFIX}-${FOUNDATION}-dead-letters`,
      description: 'The sweeper could not run: see its log group and the messages in the dead-letter queue.',
      metric: {
        namespace: 'AWS/SQS',
        name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: queue.queueName },
        statistic: 'Maximum',
      },
      above: 0,
      topicArn,
    });
    const swept = alarm(this, 'SweepAlarm', {
      name: `${PREFIX}-${FOUNDATION}-sweep-errors`,
      description:
        'The sweeper fails: a Redshift statement whose completion event is lost would wait until its task times out.',
      metric: {
        namespace: 'AWS/Lambda',
        name: 'Errors',
        dimensions: { FunctionName: sweep.task.function.functionName },
        statistic: 'Sum',
      },
      above: 0,
      topicArn,
    });
    const backfilled = alarm(this, 'BackfillAlarm', {
      name: `${PREFIX}-${FOUNDATION}-backfill-failed`,
      description: 'A backfill has ended before its runs: npx stepwell backfill list, and start it again.',
      metric: {
        namespace: 'AWS/States',
        name: 'ExecutionsFailed',
        dimensions: { StateMachineArn: backfill.stateMachineArn },
        statistic: 'Sum',
      },
      above: 0,
      topicArn,
    });
    const watching = new OverviewAlarms(this, 'Overview', { watchMachineArn: this.watch.stateMachineArn, topicArn });
    const any = anyPipeline(this, 'AnyPipeline', [...watching.alarms, deadLetters, swept, backfilled]);
    overviewDashboard(this, 'Dashboard', {
      alarmArns: [any.attrArn, ...watching.alarms.map(({ attrArn }) => attrArn)],
    });
    this.bucketArns = {
      landing: this.exportValue(this.buckets.landing.bucketArn),
      work: this.exportValue(work.bucketArn),
      lake: this.exportValue(this.buckets.lake.bucketArn),
    };
    this.exportForPipelines();
  }

  /**
   * Exported whether or not a pipeline uses it now: CloudFormation refuses to take an export away while the pipeline's stack,
   * deployed after this one, still imports it.
   */
  private exportForPipelines(): void {
    const { landing, work, lake } = this.buckets;
    for (const { bucketName } of [landing, work, lake]) this.exportValue(bucketName);
    this.exportValue(this.ledger.table.tableArn);
    this.exportValue(this.ledger.table.tableName);
    this.exportValue(this.bootstrap.functionArn);
    this.exportValue(this.watch.functionArn);
    this.exportValue(this.watch.stateMachineArn);
    this.exportValue(this.aurora.clusterArn);
    this.exportValue(this.aurora.adminSecretArn);
    for (const part of this.aurora.endpoint) this.exportValue(part);
    this.exportValue(this.warehouse.adminSecretArn);
    this.exportValue(this.warehouse.workgroupArn);
    this.exportValue(this.warehouse.copyRole.roleArn);
    new CfnOutput(this, 'LandingBucketName', { value: landing.bucketName });
    new CfnOutput(this, 'WorkBucketName', { value: work.bucketName });
    new CfnOutput(this, 'LakeBucketName', { value: lake.bucketName });
    new CfnOutput(this, 'LedgerTableName', { value: this.ledger.table.tableName });
    new CfnOutput(this, 'AuroraClusterArn', { value: this.aurora.clusterArn });
    new CfnOutput(this, 'RedshiftWorkgroupName', { value: this.warehouse.workgroupName });
  }
}
