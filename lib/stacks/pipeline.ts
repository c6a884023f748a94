import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { CompiledPipeline, FunctionSpec } from '../compiler/types';
import { BudgetWatch } from '../constructs/budget-watch';
import { DatabaseUser } from '../constructs/database-user';
import { DeadLetters } from '../constructs/dead-letters';
import { DuckdbLayer } from '../constructs/duckdb-layer-version';
import { DynamoTables } from '../constructs/dynamo-tables';
import { type EnvironmentValues, environmentFor } from '../constructs/environment';
import { PipelineEvents } from '../constructs/events';
import { BundledFunction } from '../constructs/function';
import { type GrantTargets, permissionsFor } from '../constructs/grants';
import { KeyspacesTables } from '../constructs/keyspaces-tables';
import { LakeTables } from '../constructs/lake-tables';
import { lineageEvents } from '../constructs/lineage-events';
import { gatherTimerArn, logGroupName, stateMachineArn, statementHandlerPath } from '../constructs/names';
import { PipelineAlarms } from '../constructs/pipeline-alarms';
import { PipelineAlerts } from '../constructs/pipeline-alerts';
import { pipelineDashboard } from '../constructs/pipeline-dashboard';
import { PipelineWatch } from '../constructs/pipeline-watch';
import { Reconciliation } from '../constructs/reconciliation';
import { SparkModels } from '../constructs/spark-models';
import { StateMachine } from '../constructs/state-machine';
import { StatementRole } from '../constructs/statement-role';
import { GivenUpRecords, RecordStream } from '../constructs/stream';
import { StreamContract } from '../constructs/stream-contract';
import type { FoundationStack } from './foundation';

export interface PipelineStackProps extends StackProps {
  readonly pipeline: CompiledPipeline;
  readonly foundation: FoundationStack;
}

/** Invoked by EventBridge or SNS, not by the state machine. */
const INVOKED_BY_EVENTS: ReadonlySet<FunctionSpec['task']> = new Set([
  'gather',
  'report-failure',
  'watch-budget',
  'reconcile',
  'deliver-alert',
  'redshift-statement-finished',
  'lineage',
  'consume',
]);

/** One pipeline: its functions, its state machine, what starts and what watches it. */
export class PipelineStack extends Stack {
  private readonly pipeline: CompiledPipeline;
  private readonly foundation: FoundationStack;
  /** by the id of each */
  private readonly functions = new Map<string, BundledFunction>();

  constructor(scope: Construct, id: string, { pipeline, foundation, ...props }: PipelineStackProps) {
    super(scope, id, { description: `Stepwell pipeline ${pipeline.name}: ${pipeline.description}`, ...props });
    this.pipeline = pipeline;
    this.foundation = foundation;
    const { name } = pipeline;
    const { landing, lake } = foundation.buckets;
    const { queue } = new DeadLetters(this, 'DeadLetters');
    const alerts = new PipelineAlerts(this, 'Alerts', { pipeline: name, alerts: pipeline.alerts });
    const users = this.databaseUsers();
    const lakeTables = new LakeTables(this, 'Lake', { tables: pipeline.lakeTables, lake });
    const spark =
      pipeline.spark &&
      new SparkModels(this, 'Spark', {
        pipeline: name,
        spec: pipeline.spark,
        workBucketArn: foundation.bucketArns.work,
      });
    const dynamoTables = new DynamoTables(this, 'DynamoDB', { tables: pipeline.dynamoTables });
    const keyspacesTables = new KeyspacesTables(this, 'Keyspaces', { tables: pipeline.keyspacesTables ?? [] });

    const givenUp = pipeline.stream && new GivenUpRecords(this, 'GivenUp').queue;
    this.addFunctions(
      {
        ...this.environmentValues(users, alerts),
        ...(spark && { SPARK_APPLICATION_ID: spark.applicationId }),
        ...(givenUp && { GIVEN_UP_QUEUE_URL: givenUp.queueUrl }),
      },
      {
        ...this.grantTargets(users, alerts),
        ...(spark && { spark: spark.applicationArn }),
        ...(givenUp && { givenUp: givenUp.queueArn }),
      },
      queue,
    );
    alerts.chatsBy(this.functions.get('DeliverAlert')?.function);
    const machine = new StateMachine(this, 'StateMachine', {
      pipeline: name,
      definition: pipeline.definition,
      workBucket: foundation.buckets.work,
      workBucketArn: foundation.bucketArns.work,
      spark,
      functionArns: Object.fromEntries(
        pipeline.functions
          .filter(({ task }) => !INVOKED_BY_EVENTS.has(task))
          .map(({ id: functionId }) => [`${functionId}FunctionArn`, this.lambda(functionId).functionArn]),
      ),
    });
    const reportFailure = this.lambda('ReportFailure');
    const events = new PipelineEvents(this, 'Events', {
      pipeline: name,
      stateMachineArn: machine.arn,
      landingBucketName: landing.bucketName,
      ...(pipeline.arrival && { arrival: pipeline.arrival }),
      ...(pipeline.gather && { gather: { plan: pipeline.gather, function: this.lambda('Gather') } }),
      ...(pipeline.schedule && { schedule: pipeline.schedule }),
      ...(pipeline.after && { after: pipeline.after }),
      reportFailure,
      redshiftStatementFinished: this.functions.get('RedshiftStatementFinished')?.function,
      ...(spark && { spark: { applicationId: spark.applicationId, function: this.lambda('TransformSpark') } }),
      ...(pipeline.takesTurns && { turn: this.lambda('Turn') }),
      deadLetters: queue,
    });
    const lineage = this.functions.get('Lineage')?.function;
    if (lineage)
      lineageEvents(this, 'LineageEvents', {
        pipeline: name,
        stateMachineArn: machine.arn,
        lineage,
        deadLetters: queue,
      });
    // A file that lands during the deploy finds everything that its run needs.
    events.starts.node.addDependency(lakeTables, dynamoTables, keyspacesTables, ...Object.values(users));

    const alarms = new PipelineAlarms(this, 'Alarms', {
      pipeline: name,
      stateMachineArn: machine.arn,
      deadLetterQueueName: queue.queueName,
      reportFailure,
      quarantineRate: pipeline.quarantineRateAlarm,
      topicArn: alerts.alarmTopicArns,
    });
    const contract =
      pipeline.contract && new StreamContract(this, 'Contract', { pipeline: name, contract: pipeline.contract });
    const stream =
      pipeline.stream &&
      givenUp &&
      new RecordStream(this, 'Stream', {
        pipeline: name,
        stream: pipeline.stream,
        consume: this.lambda('Consume'),
        givenUp,
        after: [
          events.starts,
          lakeTables,
          dynamoTables,
          keyspacesTables,
          ...(contract ? [contract] : []),
          ...Object.values(users),
        ],
        topicArn: alerts.alarmTopicArns,
        deadLetters: queue,
      });
    const watched = new PipelineWatch(this, 'Watch', {
      pipeline,
      watch: foundation.watch,
      deadLetters: queue,
      topicArn: alerts.alarmTopicArns,
    });
    if (pipeline.budget) {
      new BudgetWatch(this, 'Budget', {
        pipeline: name,
        budget: pipeline.budget,
        watchBudget: this.lambda('WatchBudget'),
        functions: Object.fromEntries(
          pipeline.functions.map((spec) => [
            spec.id,
            { label: labelOf(spec), logGroupName: logGroupName(name, labelOf(spec)) },
          ]),
        ),
        deadLetters: queue,
      });
    }
    if (pipeline.reconcile) {
      new Reconciliation(this, 'Reconciliation', {
        input: pipeline.reconcile,
        reconcile: this.lambda('Reconcile'),
        deadLetters: queue,
      });
    }
    if (pipeline.dashboard) {
      pipelineDashboard(this, 'Dashboard', {
        pipeline: name,
        stateMachineArn: machine.arn,
        alarmArns: [...alarms.arns, ...events.alarmArns, ...(stream?.alarmArns ?? []), ...watched.alarmArns],
        ...(stream && { stream: stream.name }),
        sources: pipeline.watch.spec.inputs.map(({ source }) => source),
        functionNames: Object.fromEntries(
          pipeline.functions.map((spec) => [labelOf(spec), this.lambda(spec.id).functionName]),
        ),
      });
    }
    new CfnOutput(this, 'StateMachineArn', { value: machine.arn });
    if (pipeline.gather) new CfnOutput(this, 'GatherFunctionArn', { value: this.lambda('Gather').functionArn });
    new CfnOutput(this, 'LandingBucketName', { value: landing.bucketName });
    new CfnOutput(this, 'AlertsTopicArn', { value: alerts.topic.topicArn });
    if (alerts.alarms) new CfnOutput(this, 'AlarmsTopicArn', { value: alerts.alarms.topicArn });
    if (stream && givenUp) {
      new CfnOutput(this, 'StreamName', { value: stream.name });
      new CfnOutput(this, 'StreamMappingId', { value: stream.mappingId });
      new CfnOutput(this, 'StreamGivenUpQueueUrl', { value: givenUp.queueUrl });
    }
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: queue.queueUrl });
  }

  private databaseUsers(): { redshift?: DatabaseUser; statementRole?: StatementRole; postgres?: DatabaseUser } {
    const { name, redshift, postgres } = this.pipeline;
    const { bootstrap, warehouse, aurora } = this.foundation;
    const common = { pipeline: name, bootstrap };
    const inRedshift = redshift && DatabaseUser.redshift(this, warehouse, { ...common, schemas: redshift.schemas });
    return {
      ...(inRedshift && {
        redshift: inRedshift,
        statementRole: new StatementRole(this, 'StatementRole', {
          pipeline: name,
          workgroupArn: warehouse.workgroupArn,
          secretArn: inRedshift.secretArn,
        }),
      }),
      ...(postgres && { postgres: DatabaseUser.postgres(this, aurora, { ...common, ...postgres }) }),
    };
  }

  private environmentValues(users: Users, alerts: PipelineAlerts): EnvironmentValues {
    const { buckets, ledger, warehouse, aurora } = this.foundation;
    return {
      LANDING_BUCKET: buckets.landing.bucketName,
      WORK_BUCKET: buckets.work.bucketName,
      LAKE_BUCKET: buckets.lake.bucketName,
      LEDGER_TABLE: ledger.table.tableName,
      ...alerts.environment,
      STATE_MACHINE_ARN: stateMachineArn(this.pipeline.name),
      GATHER_TIMER_ARN: gatherTimerArn(this.pipeline.name),
      REDSHIFT_WORKGROUP: warehouse.workgroupName,
      REDSHIFT_DATABASE: warehouse.database,
      AURORA_DATABASE: aurora.database,
      AURORA_ENDPOINT: aurora.endpoint.join(':'),
      ...(users.redshift && {
        REDSHIFT_COPY_ROLE_ARN: warehouse.copyRole.roleArn,
        REDSHIFT_SECRET_ARN: users.redshift.secretArn,
      }),
      ...(users.statementRole && { REDSHIFT_ROLE_ARN: users.statementRole.roleArn }),
      ...(users.postgres && {
        AURORA_CLUSTER_ARN: aurora.clusterArn,
        AURORA_DATABASE: aurora.database,
        AURORA_SECRET_ARN: users.postgres.secretArn,
      }),
    };
  }

  private grantTargets(users: Users, { topic, slackTopicArn }: PipelineAlerts): GrantTargets {
    const { bucketArns, ledger, aurora } = this.foundation;
    return {
      pipeline: this.pipeline.name,
      buckets: bucketArns,
      ledgerTable: ledger.table.tableArn,
      alertsTopic: topic.topicArn,
      ...(slackTopicArn === undefined ? {} : { slackTopic: slackTopicArn }),
      ...(users.statementRole && { redshift: { statementRole: users.statementRole.roleArn } }),
      ...(users.postgres && { postgres: { cluster: aurora.clusterArn, secret: users.postgres.secretArn } }),
    };
  }

  private addFunctions(values: EnvironmentValues, targets: GrantTargets, undelivered: DeadLetters['queue']): void {
    const { name, functions } = this.pipeline;
    const layer = functions.some(({ duckdb }) => duckdb) ? new DuckdbLayer(this, 'DuckDB').version : undefined;
    for (const spec of functions) {
      const task = new BundledFunction(this, spec.id, {
        task: spec.task,
        userFile: spec.userCode?.file,
        ...(spec.beside ? { beside: spec.beside } : {}),
        description: `${name}: ${labelOf(spec)}`,
        logGroupName: logGroupName(name, labelOf(spec)),
        memoryMb: spec.memoryMb,
        timeoutSeconds: spec.timeoutSeconds,
        storageMb: spec.storageMb,
        layers: spec.duckdb && layer !== undefined ? [layer] : [],
        environment: { ...environmentFor(name, spec.environment, values, secretsOf(spec)), ...spec.settings },
        permissions: permissionsFor(spec.grants, targets),
        ...(spec.grants.some(({ grant }) => grant === 'redshift') ? { rolePath: statementHandlerPath(name) } : {}),
        ...(spec.network ? { network: spec.network } : {}),
        ...(INVOKED_BY_EVENTS.has(spec.task) || spec.task === 'turn' ? { undelivered } : {}),
      });
      this.functions.set(spec.id, task);
    }
  }

  private lambda(id: string): BundledFunction['function'] {
    return this.functions.get(id)!.function;
  }
}

/** `extract-custom-rates` of the source `rates`. */
const labelOf = ({ task, userCode }: FunctionSpec): string => (userCode ? `${task}-${userCode.of}` : task);

const secretsOf = ({ grants }: FunctionSpec): string[] =>
  grants.flatMap((grant) => (grant.grant === 'readSecrets' ? grant.names : []));

type Users = ReturnType<PipelineStack['databaseUsers']>;
