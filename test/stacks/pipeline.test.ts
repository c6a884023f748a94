import type { CompiledPipeline, FunctionSpec } from '../../lib/compiler/types';
import { compiledOrders } from '../fixtures/compiled-orders';
import { type Resource, readable, removeAssemblies, type Synthesized, synthesize, type Template } from './assembly';
import { expectedPermissions } from './expected-permissions';

let orders: Template;
let foundation: Template;
let synthesized: Synthesized;
beforeAll(() => {
  synthesized = synthesize();
  ({ orders, foundation } = synthesized);
});
afterAll(removeAssemblies);

/** By task, from the description `orders: <task>`. */
const functions = (): Record<string, Resource['Properties']> =>
  Object.fromEntries(
    orders.all('AWS::Lambda::Function').map(({ Properties }) => [Properties.Description.split(': ')[1], Properties]),
  );

const statementsOf = (template: Template, roleId: string) => {
  const { Policies } = template.document.Resources[roleId]!.Properties;
  // biome-ignore lint/suspicious/noExplicitAny: see Resource
  return readable(Policies.flatMap((policy: any) => policy.PolicyDocument.Statement));
};

describe('functions', () => {
  test('each task kind has one function, on arm64 and Node 22, traced, with a log group that ends', () => {
    expect(Object.keys(functions())).toEqual(compiledOrders.functions.map(({ task }) => task));
    const logGroups = orders.all('AWS::Logs::LogGroup');
    expect(logGroups.map(({ Properties }) => Properties.RetentionInDays)).toEqual(logGroups.map(() => 90));
    for (const properties of Object.values(functions())) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs22.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: expect.anything() },
      });
    }
  });

  test('only those that use DuckDB carry its layer', () => {
    const withLayer = Object.entries(functions()).filter(([, { Layers }]) => Layers !== undefined);

    expect(withLayer.map(([task]) => task)).toEqual(['extract-files', 'publish-lake', 'check']);
    expect(orders.all('AWS::Lambda::LayerVersion')).toHaveLength(1);
  });

  test('each gets the variables that it asked for, and no others', () => {
    const powertools = {
      PIPELINE: 'orders',
      POWERTOOLS_SERVICE_NAME: 'orders',
      POWERTOOLS_METRICS_NAMESPACE: 'Stepwell',
      LOG_LEVEL: 'INFO',
    };

    expect(readable(functions()['load-redshift'].Environment.Variables)).toEqual({
      ...powertools,
      WORK_BUCKET: '<BucketsWork>',
      LEDGER_TABLE: '<LedgerTable>',
      REDSHIFT_WORKGROUP: 'stepwell',
      REDSHIFT_DATABASE: 'stepwell',
      REDSHIFT_SECRET_ARN: '<RedshiftUserLoginSecret>',
      REDSHIFT_ROLE_ARN: '<StatementRole.Arn>',
      REDSHIFT_COPY_ROLE_ARN: '<WarehouseCopyRoleArn>',
    });
    expect(readable(functions().check.Environment.Variables)).toEqual({ ...powertools, WORK_BUCKET: '<BucketsWork>' });
  });

  test.each(Object.keys(expectedPermissions))('%s may do exactly what its work needs', (task) => {
    const roleId = functions()[task].Role['Fn::GetAtt'][0];

    expect(statementsOf(orders, roleId)).toEqual(expectedPermissions[task]);
  });

  test('each task kind has its expected permissions written down', () => {
    expect(Object.keys(functions()).sort()).toEqual(Object.keys(expectedPermissions).sort());
  });

  test('those that EventBridge invokes lose no event: after three attempts it goes to the dead-letter queue', () => {
    const configured = orders.all('AWS::Lambda::EventInvokeConfig').map(({ Properties }) => readable(Properties));

    expect(configured).toEqual(
      ['ReportFailureFunction', 'RedshiftStatementFinishedFunction'].map((name) => ({
        FunctionName: `<${name}>`,
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: '<DeadLettersQueue.Arn>' } },
      })),
    );
  });
});

describe('roles', () => {
  /** Actions for which AWS knows no resource (Service Authorization Reference). */
  const WITHOUT_RESOURCE =
    /^(xray:|cloudwatch:GetMetricStatistics$|redshift-data:(DescribeStatement|GetStatementResult)$|logs:(.*Delivery|.*Deliveries|.*ResourcePolic.*|DescribeLogGroups)$)/;

  test('no action has a wildcard, and no statement is about all resources where AWS can name one', () => {
    for (const template of [foundation, orders]) {
      for (const [id] of template.entries('AWS::IAM::Role')) {
        if (template.document.Resources[id]!.Properties.Policies === undefined) continue;
        const statements = statementsOf(template, id) as { Action: string | string[]; Resource: string | string[] }[];
        for (const { Action, Resource } of statements) {
          const actions = [Action].flat();
          expect(actions.filter((action) => action.includes('*'))).toEqual([]);
          if ([Resource].flat().includes('*')) {
            expect(actions.filter((action) => !WITHOUT_RESOURCE.test(action))).toEqual([]);
          }
        }
      }
    }
  });

  const underStepwell = (path: string) => `/stepwell/<AWS::Region>/${path}/`;
  const rolesUnder = (path: string) => `arn:<AWS::Partition>:iam::<AWS::AccountId>:role${underStepwell(path)}*`;

  test("a pipeline's statements in Redshift are one role's, which its own functions and the sweeper take on", () => {
    const [id, role] = orders
      .entries('AWS::IAM::Role')
      .find(([, { Properties }]) => /Redshift/.test(Properties.Description))!;
    const { Path, AssumeRolePolicyDocument } = readable(role.Properties) as Record<string, unknown>;

    expect(Path).toBe(underStepwell('statements/orders'));
    expect(AssumeRolePolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: 'arn:<AWS::Partition>:iam::<AWS::AccountId>:root' },
          Condition: {
            ArnLike: {
              'aws:PrincipalArn': [
                rolesUnder('statement-handlers/orders'),
                rolesUnder('statement-handlers/foundation'),
              ],
            },
          },
        },
      ],
    });
    expect(statementsOf(orders, id)).toEqual([
      {
        Effect: 'Allow',
        Action: ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'],
        Resource: '<WarehouseWorkgroupWorkgroupWorkgroupArn>',
      },
      {
        Effect: 'Allow',
        Action: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
        Resource: '*',
      },
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '<RedshiftUserLoginSecret>' },
    ]);
  });

  test('just the functions that work in Redshift have the path that its role trusts, and the sweeper may take on all such roles', () => {
    const taking = (template: Template) =>
      template.entries('AWS::IAM::Role').flatMap(([id, { Properties }]) => {
        const statements =
          Properties.Policies === undefined ? [] : (statementsOf(template, id) as Record<string, unknown>[]);
        const resources = statements.flatMap(({ Action, Resource }) => (Action === 'sts:AssumeRole' ? [Resource] : []));
        return resources.length > 0 || Properties.Path ? [[readable(Properties.Path), ...resources]] : [];
      });
    const handler = [underStepwell('statement-handlers/orders'), '<StatementRole.Arn>'];
    const users = compiledOrders.functions.filter(({ grants }) => grants.some(({ grant }) => grant === 'redshift'));

    expect(taking(orders)).toEqual([[underStepwell('statements/orders')], ...users.map(() => handler)]);
    expect(taking(foundation)).toEqual([[underStepwell('statement-handlers/foundation'), rolesUnder('statements')]]);
  });

  test('roles have inline policies only: nothing managed, nothing attached from elsewhere', () => {
    for (const template of [foundation, orders]) {
      expect(template.all('AWS::IAM::Policy')).toEqual([]);
      for (const { Properties } of template.all('AWS::IAM::Role')) expect(Properties.ManagedPolicyArns).toBeUndefined();
    }
  });
});

describe('the state machine', () => {
  test('is Standard, traced, logs every event without data, and its functions fill the definition', () => {
    const { Properties } = orders.only('AWS::StepFunctions::StateMachine');

    expect(readable(Properties)).toMatchObject({
      StateMachineName: 'stepwell-orders',
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      DefinitionSubstitutions: {
        AdmitFunctionArn: '<AdmitFunction.Arn>',
        ExtractFilesFunctionArn: '<ExtractFilesFunction.Arn>',
        RecordFunctionArn: '<RecordFunction.Arn>',
      },
    });
    expect(JSON.parse(Properties.DefinitionString)).toEqual(compiledOrders.definition);
  });

  test('invokes the functions of its own tasks and nothing else', () => {
    const { RoleArn } = orders.only('AWS::StepFunctions::StateMachine').Properties;
    const [invoke] = statementsOf(orders, RoleArn['Fn::GetAtt'][0]) as { Action: string; Resource: string[] }[];

    expect(invoke).toMatchObject({ Action: 'lambda:InvokeFunction' });
    expect(invoke!.Resource).toHaveLength(8);
    expect(invoke!.Resource.join()).not.toMatch(/ReportFailure|StatementFinished/);
  });

  test('a Distributed Map brings the grants to start, watch and redrive its children', () => {
    const { ExtractFiles, ...rest } = compiledOrders.definition.States;
    const distributed = synthesize({}, [
      {
        ...compiledOrders,
        definition: {
          ...compiledOrders.definition,
          States: {
            ...rest,
            ExtractFiles: {
              Type: 'Map',
              MaxConcurrency: 1000,
              ItemProcessor: {
                ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
                StartAt: 'Extract file',
                States: { 'Extract file': { ...ExtractFiles!, Next: undefined, End: true } as never },
              },
              ResultWriter: {
                Resource: 'arn:aws:states:::s3:putObject',
                Arguments: { Bucket: 'work', Prefix: 'runs' },
              },
              Output: "{% {'done': true} %}",
              Next: 'LoadRedshift',
            },
          },
        },
      },
    ]).orders;
    const { RoleArn } = distributed.only('AWS::StepFunctions::StateMachine').Properties;

    expect(JSON.stringify(statementsOf(distributed, RoleArn['Fn::GetAtt'][0]))).toContain('states:RedriveExecution');
  });

  test('a definition that the lint refuses fails the synth, with every finding', () => {
    const [first, second] = Object.entries(compiledOrders.definition.States);
    const States = {
      ...compiledOrders.definition.States,
      [first![0]]: { ...first![1], Retry: undefined },
      [second![0]]: { ...second![1], Retry: undefined },
    } as typeof compiledOrders.definition.States;

    expect(() => synthesize({}, [{ ...compiledOrders, definition: { ...compiledOrders.definition, States } }])).toThrow(
      /^The state machine of pipeline orders is not sound:\n- Admit: [^\n]*Retry[^\n]*\n- ExtractFiles: [^\n]*Retry/,
    );
  });

  test('a definition that names a function of no task fails the synth', () => {
    const functionsWithoutCheck = compiledOrders.functions.filter(({ task }) => task !== 'check');

    expect(() => synthesize({}, [{ ...compiledOrders, functions: functionsWithoutCheck }])).toThrow(
      /\$\{CheckFunctionArn\}: nothing fills it\. There are AdmitFunctionArn, /,
    );
  });
});

describe('events', () => {
  const rule = (description: RegExp) =>
    orders.all('AWS::Events::Rule').find(({ Properties }) => description.test(Properties.Description))!.Properties;

  test('a file that lands under one of the keys starts a run, told which version it is', () => {
    const { EventPattern, Targets } = rule(/^Starts/);

    expect(readable(EventPattern)).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: ['<BucketsLanding>'] },
        object: { key: [{ prefix: 'orders/' }, { wildcard: 'returns/*.csv' }] },
      },
    });
    expect(Targets[0].InputTransformer.InputTemplate).toBe(
      '{"arrival":{"bucket":<bucket>,"key":<key>,"versionId":<versionId>,"etag":<etag>,"size":<size>,"sequencer":<sequencer>,"time":<time>}}',
    );
  });

  test('a run that fails, times out or is aborted is reported', () => {
    expect(readable(rule(/^Reports/).EventPattern)).toEqual({
      // The sweeper sends the event again that Step Functions never sent.
      source: ['aws.states', 'stepwell'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: ['<StateMachine>'] },
    });
  });

  test('a run that has succeeded is told of where its output says that there is something to tell', () => {
    expect(readable(rule(/^Tells/).EventPattern)).toEqual({
      source: ['aws.states', 'stepwell'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { status: ['SUCCEEDED'], stateMachineArn: ['<StateMachine>'], output: [{ wildcard: '*"tell":*' }] },
    });
    expect(readable(rule(/^Tells/).Targets[0].Arn)).toBe('<ReportFailureFunction.Arn>');
  });

  test("the end of one of the pipeline's Redshift statements reaches its task", () => {
    expect(rule(/^Completes/).EventPattern).toEqual({
      source: ['aws.redshift-data'],
      'detail-type': ['Redshift Data Statement Status Change'],
      detail: { statementName: [{ prefix: 'stepwell/orders/' }] },
    });
  });

  test('every target has retries and a dead-letter queue that its rule may write to', () => {
    const policy = orders.only('AWS::SQS::QueuePolicy').Properties;
    for (const [id, { Properties }] of orders.entries('AWS::Events::Rule')) {
      for (const target of Properties.Targets) {
        expect(readable(target.DeadLetterConfig.Arn)).toBe('<DeadLettersQueue.Arn>');
        expect(target.RetryPolicy.MaximumRetryAttempts).toBe(185);
      }
      expect(JSON.stringify(policy.PolicyDocument)).toContain(JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] }));
    }
  });

  test('no run starts before its database users and lake tables are there', () => {
    const [, arrival] = orders.entries('AWS::Events::Rule').find(([id]) => id.startsWith('EventsArrival'))!;

    for (const type of ['Custom::StepwellDatabaseUser', 'AWS::Glue::Table']) {
      for (const [id] of orders.entries(type)) expect(arrival.DependsOn).toContain(id);
    }
  });
});

describe('databases', () => {
  test("the bootstrap makes the pipeline's user in each database, and is asked again when its code changes", () => {
    const [redshift, postgres] = orders
      .all('Custom::StepwellDatabaseUser')
      .map(({ Properties }) => readable(Properties));

    expect(redshift).toEqual({
      ServiceToken: '<BootstrapTaskFunctionArn>',
      ServiceTimeout: '900',
      Engine: 'redshift',
      Pipeline: 'orders',
      Schemas: ['analytics'],
      Database: 'stepwell',
      WorkgroupName: 'stepwell',
      AdminSecretArn: '<WarehouseAdminSecret>',
      UserSecretArn: '<RedshiftUserLoginSecret>',
      Version: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(postgres).toMatchObject({
      Engine: 'postgres',
      Schemas: ['shop'],
      ClusterArn: '<AuroraClusterDBClusterArn>',
      AdminSecretArn: '<AuroraClusterMasterUserSecretSecretArn>',
    });
  });

  test('its logins are generated, and the one for Redshift is tagged for the Data API', () => {
    const [redshift, postgres] = orders.all('AWS::SecretsManager::Secret').map(({ Properties }) => Properties);

    expect(redshift).toMatchObject({
      Name: 'stepwell/orders/redshift',
      GenerateSecretString: { SecretStringTemplate: '{"username":"stepwell_orders"}', GenerateStringKey: 'password' },
      Tags: expect.arrayContaining([{ Key: 'RedshiftDataFullAccess', Value: 'true' }]),
    });
    expect(postgres.Name).toBe('stepwell/orders/postgres');
  });

  test('no template holds a password', () => {
    for (const template of [foundation, orders]) {
      const text = JSON.stringify(template.document);
      expect(text).not.toMatch(/"SecretString":/);
      for (const [, value] of text.matchAll(/"[A-Za-z]*Password":("[^"]*"|\{.*?\}\})/g)) {
        expect(value).toContain('{{resolve:secretsmanager:');
      }
    }
  });

  test('the lake has a Glue table with the columns and partitions that were compiled', () => {
    const { TableInput } = orders.only('AWS::Glue::Table').Properties;

    expect(TableInput.StorageDescriptor.Columns.map(({ Type }: { Type: string }) => Type)).toEqual([
      'bigint',
      'int',
      'decimal(12,2)',
      'string',
      'string',
      'timestamp',
    ]);
    expect(TableInput.PartitionKeys).toEqual([
      { Name: 'placed_on', Type: 'date' },
      { Name: '_load_id', Type: 'string' },
    ]);
    expect(readable(TableInput.StorageDescriptor.Location)).toBe('s3://<BucketsLake>/stepwell_orders/orders/');
  });
});

describe('alarms', () => {
  const alarms = (): Record<string, Resource['Properties']> =>
    Object.fromEntries(
      orders.all('AWS::CloudWatch::Alarm').map(({ Properties }) => [Properties.AlarmName, Properties]),
    );

  test('there is one for each way in which a run can go wrong', () => {
    expect(Object.keys(alarms()).sort()).toEqual(
      [
        ...['aborted', 'dead-letters', 'failed', 'problems', 'quarantine-rate', 'report-failure-errors'],
        ...['throttled', 'timed-out', 'unwatched'],
      ].map((name) => `stepwell-orders-${name}`),
    );
    expect(alarms()['stepwell-orders-quarantine-rate']).toMatchObject({
      Namespace: 'Stepwell',
      MetricName: 'QuarantineRate',
      Dimensions: [{ Name: 'pipeline', Value: 'orders' }],
      Threshold: 5,
    });
  });

  test('a failed run is mailed once, by its report: its alarms call that as well, and what would hinder it has alarms that mail', () => {
    const actionsOf = (name: string) => readable(alarms()[`stepwell-orders-${name}`]!.AlarmActions);

    for (const name of ['failed', 'timed-out', 'aborted'])
      expect(actionsOf(name)).toEqual(['<ReportFailureFunction.Arn>']);
    for (const name of ['report-failure-errors', 'dead-letters']) expect(actionsOf(name)).toEqual(['<AlertsTopic>']);
    const permissions = orders.all('AWS::Lambda::Permission').map(({ Properties }) => readable(Properties));
    expect(permissions).toContainEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: '<ReportFailureFunction>',
      Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      SourceAccount: '<AWS::AccountId>',
      SourceArn: 'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:stepwell-orders-*',
    });
  });

  test('they mail to those whom the pipeline names, through a topic that refuses plain HTTP', () => {
    expect(readable(orders.only('AWS::SNS::Subscription').Properties)).toEqual({
      Protocol: 'email',
      Endpoint: 'data@example.com',
      TopicArn: '<AlertsTopic>',
    });
    const { PolicyDocument } = orders.only('AWS::SNS::TopicPolicy').Properties;
    expect(JSON.stringify(PolicyDocument)).toContain('"aws:SecureTransport":"false"');
  });

  describe('for those who want some kinds only, and for chats', () => {
    const alerts: CompiledPipeline['alerts'] = {
      email: ['all@example.com'],
      routed: [
        { address: 'oncall@example.com', kinds: ['failure', 'deadline', 'alarm'] },
        { address: 'boss@example.com', kinds: ['success'] },
      ],
      slack: { workspace: 'T0123ABCD', channel: 'C0123ABCD', kinds: ['failure', 'alarm'] },
      webhook: { secret: 'team-chat', format: 'slack', kinds: ['failure', 'recovery'] },
      success: true,
      atOnce: 3,
    };
    const { functions } = compiledOrders;
    const deliver: FunctionSpec = {
      ...functions.find(({ task }) => task === 'report-failure')!,
      id: 'DeliverAlert',
      task: 'deliver-alert',
      environment: ['LEDGER_TABLE', 'ALERT_CHANNELS', 'SLACK_TOPIC_ARN'],
      grants: [{ grant: 'publishToSlack' }, { grant: 'readSecrets', names: ['team-chat'] }],
    };
    let routed: Template;
    beforeAll(() => {
      routed = synthesize({}, [{ ...compiledOrders, alerts, functions: [...functions, deliver] }]).orders;
    });

    test('there are filters, and a topic of the alarms, which have no attributes to filter by', () => {
      const subscriptions = routed.all('AWS::SNS::Subscription').map(({ Properties }) => readable(Properties));

      expect(subscriptions).toEqual([
        { Protocol: 'email', Endpoint: 'all@example.com', TopicArn: '<AlertsTopic>' },
        {
          Protocol: 'email',
          Endpoint: 'oncall@example.com',
          TopicArn: '<AlertsTopic>',
          FilterPolicy: { kind: ['failure', 'deadline'] },
        },
        {
          Protocol: 'email',
          Endpoint: 'boss@example.com',
          TopicArn: '<AlertsTopic>',
          FilterPolicy: { kind: ['success'] },
        },
        { Protocol: 'email', Endpoint: 'oncall@example.com', TopicArn: '<AlertsAlarms>' },
        { Protocol: 'lambda', Endpoint: '<DeliverAlertFunction.Arn>', TopicArn: '<AlertsTopic>' },
      ]);
      const deadLetters = routed
        .all('AWS::CloudWatch::Alarm')
        .find(({ Properties }) => Properties.AlarmName === 'stepwell-orders-dead-letters')!;
      expect(readable(deadLetters.Properties.AlarmActions)).toEqual([
        '<AlertsTopic>',
        '<AlertsAlarms>',
        '<AlertsSlackTopic>',
      ]);
    });

    test('the channel in Slack may look at alarms and no more', () => {
      expect(readable(routed.only('AWS::Chatbot::SlackChannelConfiguration').Properties)).toMatchObject({
        ConfigurationName: 'stepwell-orders',
        SlackWorkspaceId: 'T0123ABCD',
        SlackChannelId: 'C0123ABCD',
        IamRoleArn: '<AlertsSlackRole.Arn>',
        SnsTopicArns: ['<AlertsSlackTopic>'],
        GuardrailPolicies: ['arn:<AWS::Partition>:iam::aws:policy/CloudWatchReadOnlyAccess'],
        LoggingLevel: 'ERROR',
      });
    });

    test('the function that tells chats knows the name of the secret, and nothing of what is in it', () => {
      const { Variables } = routed
        .all('AWS::Lambda::Function')
        .find(({ Properties }) => Properties.Description === 'orders: deliver-alert')!.Properties.Environment;

      expect(readable(Variables)).toMatchObject({
        SECRET_TEAM_CHAT: 'stepwell/team-chat',
        SLACK_TOPIC_ARN: '<AlertsSlackTopic>',
        ALERT_CHANNELS: JSON.stringify({ slack: { kinds: ['failure'] }, webhook: alerts.webhook }),
      });
    });
  });

  test('a dashboard, where the pipeline wants one, shows them all', () => {
    expect(orders.all('AWS::CloudWatch::Dashboard')).toEqual([]);
    const wanted = synthesize({}, [{ ...compiledOrders, dashboard: true }]).orders;
    const { DashboardBody } = wanted.only('AWS::CloudWatch::Dashboard').Properties;
    const body = JSON.parse(readable(DashboardBody) as string);

    expect(body.widgets[0].properties.alarms).toHaveLength(9);
    expect(body.widgets.map(({ properties }: { properties: { title: string } }) => properties.title)).toEqual([
      'Alarms',
      'Runs',
      'Duration of a run (ms)',
      'Rows',
      'In quarantine (% of a run)',
      'Age (s)',
      'Problems',
      'Function errors',
      'Function duration (ms)',
    ]);
  });
});

test('two synths give the same templates, with the same asset hashes', () => {
  const again = synthesize();

  expect(again.orders.document).toEqual(orders.document);
  expect(again.foundation.document).toEqual(foundation.document);
});
