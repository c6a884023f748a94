import { Bucket } from 'aws-cdk-lib/aws-s3';
import { App, Stack, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { compiledOrders } from '../fixtures/compiled-orders';
import { removeAssemblies, synthesize } from './assembly';

afterAll(removeAssemblies);

function violations(scope: IConstruct): string[] {
  return new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
}

const sourceVpc = { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'], routeTableIds: ['rtb-0a1b2c3d'] };

const lineage = { url: 'https://marquez.example.com', secret: 'marquez' };

test.each([{}, { 'stepwell:sourceVpc': sourceVpc, 'stepwell:lineage': lineage }, { 'stepwell:disposable': true }])(
  'the AwsSolutions pack finds nothing that is not acknowledged: %j',
  (context) => {
    const { app } = synthesize(context);

    expect(violations(app)).toEqual([]);
  },
);

test('nor where a pipeline tells a channel in Slack, and addresses of some kinds only', () => {
  const alerts: CompiledPipeline['alerts'] = {
    email: [],
    routed: [{ address: 'oncall@example.com', kinds: ['failure', 'alarm'] }],
    slack: { workspace: 'T0123ABCD', channel: 'C0123ABCD', kinds: ['failure', 'alarm'] },
  };
  expect(violations(synthesize({}, [{ ...compiledOrders, alerts }]).app)).toEqual([]);
});

test('the pack does look: a plain bucket is found', () => {
  const stack = new Stack(new App(), 'Plain');
  new Bucket(stack, 'Bucket');

  expect(violations(stack)).toContain('AwsSolutions-S10 at Plain/Bucket/Resource');
});

test('each acknowledgement names one rule on one construct, with a reason that is a sentence', () => {
  const { app } = synthesize();
  const acknowledged = app.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) =>
          Object.entries(data as Record<string, string>).map(([rule, reason]) => ({ at: node.path, rule, reason })),
        ),
    );

  const ours = acknowledged.filter(({ rule }) => rule.includes('AwsSolutions-'));
  expect(ours.length).toBeGreaterThan(10);
  for (const { at, reason } of ours) {
    expect(at).toContain('/');
    expect(reason).toMatch(/^\S+ \S+ \S+/);
  }
});
