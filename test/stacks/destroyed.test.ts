/** What `cdk destroy` takes away, and what it leaves: by the templates of pipelines with every kind of sink. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTogether } from '../../lib/compiler';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { harbours } from '../fixtures/harbours';
import { type Resource, removeAssemblies, synthesize, type Template } from './assembly';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-destroyed-'));
let compiled: CompiledPipeline[];
beforeAll(async () => {
  compiled = await compileTogether([{ pipeline: harbours, folder }]);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeAssemblies();
});

const templatesOf = (context: Record<string, unknown>): Template[] => {
  const { foundation, template } = synthesize(context, compiled);
  return [foundation, template('Stepwell-Harbours')];
};
const keptIn = (template: Template): string[] => [
  ...new Set(
    Object.values(template.document.Resources)
      .filter(({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete')
      .map(({ Type }) => Type),
  ),
];

test('by default what holds data is kept, with the network and the login that it needs, and nothing else', () => {
  const [foundation, pipeline] = templatesOf({}).map(keptIn);

  expect(foundation!.sort()).toEqual([
    'AWS::DynamoDB::Table',
    'AWS::EC2::RouteTable',
    'AWS::EC2::SecurityGroup',
    'AWS::EC2::Subnet',
    'AWS::EC2::SubnetRouteTableAssociation',
    'AWS::EC2::VPC',
    'AWS::EC2::VPCEndpoint',
    'AWS::RDS::DBCluster',
    'AWS::RDS::DBInstance',
    'AWS::RDS::DBSubnetGroup',
    'AWS::RedshiftServerless::Namespace',
    'AWS::S3::Bucket',
    'AWS::SecretsManager::Secret',
  ]);
  expect(pipeline!.sort()).toEqual([
    'AWS::Cassandra::Keyspace',
    'AWS::Cassandra::Table',
    'AWS::DynamoDB::Table',
    'AWS::Glue::Database',
    'AWS::Glue::Table',
  ]);
});

test('of a trial nothing is kept, and every bucket is emptied before it is deleted', () => {
  const [foundation, pipeline] = templatesOf({ 'stepwell:disposable': true });

  expect([foundation, pipeline].flatMap((template) => keptIn(template!))).toEqual([]);
  const buckets = foundation!.entries('AWS::S3::Bucket').map(([id]) => id);
  const emptied = foundation!.all('Custom::StepwellEmptiedBucket').map(({ Properties }) => Properties.BucketName.Ref);
  expect(emptied.sort()).toEqual(buckets.sort());
  expect(foundation!.only('AWS::RDS::DBCluster').Properties.DeletionProtection).toBe(false);
  expect(foundation!.only('AWS::RedshiftServerless::Namespace').Properties.FinalSnapshotName).toBeUndefined();
});

test.each([{}, { 'stepwell:disposable': true }])(
  'no function or state machine makes a log group that no stack knows: each has one, which goes with it: %j',
  (context) => {
    for (const template of templatesOf(context)) {
      const groups = new Set(template.entries('AWS::Logs::LogGroup').map(([id]) => id));
      const logGroupOf = ({ Properties }: Resource): string | undefined =>
        JSON.stringify(Properties.LoggingConfig ?? Properties.LoggingConfiguration)?.match(
          /"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/,
        )?.[1];
      const writers = [...template.all('AWS::Lambda::Function'), ...template.all('AWS::StepFunctions::StateMachine')];
      expect(writers.length).toBeGreaterThan(0);
      expect(writers.map(logGroupOf).filter((id) => id === undefined || !groups.has(id))).toEqual([]);
      const policies = template.all('AWS::Logs::LogGroup').map(({ DeletionPolicy }) => DeletionPolicy);
      expect(new Set(policies)).toEqual(new Set(['Delete']));
    }
  },
);
