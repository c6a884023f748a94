import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { found, ok } from '../../lib/cli/doctor/finding';
import { damagedFile, diskFindingOf, nodeFinding } from '../../lib/cli/doctor/machine';
import { isSameDefinition } from '../../lib/cli/doctor/same-definition';

test('Node.js is compared by its numbers, with what package.json wants', () => {
  const statuses = ['18.20.0', '20.5.9', '20.6.0', '20.10.0', '22.1.0'].map(
    (one) => nodeFinding(one, '>=20.6.0').status,
  );

  expect(statuses).toEqual(['fail', 'fail', 'ok', 'ok', 'ok']);
});

test('A disk that is nearly full is a warning, a full one a failure', () => {
  expect([68, 4.2, 0.5].map((free) => diskFindingOf(free).status)).toEqual(['ok', 'warn', 'fail']);
  expect(diskFindingOf(4.2)).toMatchObject({ text: '4.2 GB free', remedy: expect.stringContaining('--state-dir') });
});

test('Of a state folder the file that is damaged is named; the last line of a journal may be cut short', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stepwell-doctor-'));
  mkdirSync(path.join(folder, 'states'));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  try {
    write('cloud.json', '{"endpoint":"http://127.0.0.1:1"}');
    write('states/executions.ndjson', '{"k":1}\n{"k":2}\n{"k":');
    expect(damagedFile(folder)).toBeUndefined();
    write('states/executions.ndjson', '{"k":1}\n{"k":\n{"k":3}\n');
    expect(damagedFile(folder)).toBe(path.join(folder, 'states/executions.ndjson'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('A check that cannot be made is a warning, and the others go on', async () => {
  const error = Object.assign(new Error('no such operation'), { name: 'UnknownOperationException', $fault: 'client' });

  expect(await found('Quota', () => Promise.reject(error))).toEqual([
    {
      name: 'Quota',
      status: 'warn',
      text: 'could not be looked at: UnknownOperationException: no such operation',
      remedy: expect.any(String),
    },
  ]);
  expect(await found('Quota', () => ok('Quota', 'enough'))).toEqual([ok('Quota', 'enough')]);
});

describe('A deployed state machine is the compiled one', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
  const compiled = { a: { FunctionName: '${AdmitFunctionArn}', Payload: [1, 'x', null] }, b: 'arn:${Name}:end' };
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Admit-1';

  test('with names filled in, in any order of members', () => {
    expect(isSameDefinition(compiled, { b: 'arn:it:end', a: { Payload: [1, 'x', null], FunctionName: arn } })).toBe(
      true,
    );
  });

  test.each<[string, unknown]>([
    ['another value', { a: { FunctionName: arn, Payload: [1, 'y', null] }, b: 'arn:it:end' }],
    ['a missing member', { a: { FunctionName: arn }, b: 'arn:it:end' }],
    ['one too many', { a: { FunctionName: arn, Payload: [1, 'x', null] }, b: 'arn:it:end', c: 1 }],
    ['another text around the name', { a: { FunctionName: arn, Payload: [1, 'x', null] }, b: 'arn:it:over' }],
    ['a longer list', { a: { FunctionName: arn, Payload: [1, 'x', null, 2] }, b: 'arn:it:end' }],
    ['an object for a list', { a: { FunctionName: arn, Payload: { 0: 1, 1: 'x', 2: null } }, b: 'arn:it:end' }],
  ])('not with %s', (_, deployed) => {
    expect(isSameDefinition(compiled, deployed)).toBe(false);
  });
});
