import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LineageDocument } from '../../lib/tasks/lineage';
import { compiledOrders } from '../fixtures/compiled-orders';
import { removeAssemblies, type Synthesized, synthesize } from './assembly';

afterAll(removeAssemblies);

const resourcesOf = ({ orders }: Synthesized) => Object.entries(orders.document.Resources);

/** The folder of the function's code. */
function codeOf({ outdir }: Synthesized): string {
  const { files } = JSON.parse(readFileSync(join(outdir, 'Stepwell-Orders.assets.json'), 'utf8')) as {
    files: Record<string, { source: { path: string } }>;
  };
  const folders = Object.values(files).map(({ source }) => resolve(outdir, source.path));
  return folders.find((folder) => existsSync(join(folder, 'lineage.json')))!;
}

test('a pipeline that is not told of has nothing of it; the rest is the same', () => {
  const without = resourcesOf(synthesize());
  const kept = resourcesOf(synthesize({ 'stepwell:lineage': true }));

  const more = kept.filter(([id]) => !without.some(([other]) => other === id));
  expect(more.map(([, { Type }]) => Type).sort()).toEqual([
    'AWS::Events::Rule',
    'AWS::IAM::Role',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::Function',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
  ]);
  expect(without.filter(([id]) => id.startsWith('Lineage'))).toEqual([]);
});

test('the function hears of every state of a run, and may no more than it must', () => {
  const lineage = { url: 'https://marquez.example.com', secret: 'marquez' };
  const synthesized = synthesize({ 'stepwell:lineage': lineage });
  const own = resourcesOf(synthesized).filter(([id]) => id.startsWith('Lineage'));
  const of = (type: string) => own.find(([, { Type }]) => Type === type)![1].Properties;

  expect(of('AWS::Events::Rule').EventPattern.detail).toEqual({ stateMachineArn: [{ Ref: expect.any(String) }] });
  const [{ PolicyDocument }] = of('AWS::IAM::Role').Policies;
  const actions = PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action).sort();
  expect(actions).toEqual([
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:AbortMultipartUpload',
    's3:DeleteObject',
    's3:GetObject',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    's3:PutObject',
    'secretsmanager:GetSecretValue',
    'sqs:SendMessage',
    'states:DescribeExecution',
    'states:GetExecutionHistory',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ]);

  const code = codeOf(synthesized);
  const document = JSON.parse(readFileSync(join(code, 'lineage.json'), 'utf8')) as LineageDocument;
  expect(document).toMatchObject({
    plan: compiledOrders.lineage,
    options: { namespace: 'stepwell', url: 'https://marquez.example.com', secret: 'marquez' },
  });
  expect(existsSync(join(code, 'index.js'))).toBe(true);
});
