/** Whatever a definition is, the service refuses it or can run it: it neither crashes nor hangs. */
import * as fc from 'fast-check';
import { diagnose } from '../../../lib/local/services/states/definition';
import { type CompiledMachine, compileMachine } from '../../../lib/local/stepfunctions/machine';
import { FIELDS } from '../../../lib/local/stepfunctions/validation/fields';
import { codePoint } from '../../fixtures/any-text';
import { createWorld, run } from './support';

const field = fc.constantFrom(...new Set(Object.values(FIELDS).flatMap((fields) => Object.keys(fields))));

const name = fc.constantFrom('A', 'B', 'C', '__proto__', 'constructor', '');

const path = fc.constantFrom(
  ...['$', '$.a', '$.a[0]', '$.a[*]', '$..a', '$.a[?(@.b > 1)]', '$$.State.Name', '$x', '$.', '$[', 'a', '$.a[1:]'],
  ...['States.Array($.a, 1)', "States.Format('{}', $.b)", 'States.UUID()', 'States.Format(', 'States.toString()'],
  ...['{% $states.input %}', '{% 1 + %}', '{%', '{% $x.a %}', 'arn:aws:states:::lambda:invoke', 'States.ALL'],
  ...['arn:aws:states:::aws-sdk:s3:getObject', 'arn:aws:states:::constructor:toString', '2026-01-01T00:00:00Z'],
);

const { json } = fc.letrec<{ json: unknown; state: unknown; machine: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, 1, -1, 0.5, 1e21, '', 'Pass', 'Next', 'JSONata', 'JSONPath'),
    path,
    name,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(name, field, path, fc.constantFrom('a.$', 'states')), tie('json'), { maxKeys: 3 }),
    tie('state'),
    tie('machine'),
  ),
  state: fc
    .tuple(fc.constantFrom(...Object.keys(FIELDS), 'Nothing'), fc.dictionary(field, tie('json'), { maxKeys: 4 }))
    .map(([Type, fields]) => ({ Type, End: true, ...fields })),
  machine: fc
    .record({ StartAt: name, States: fc.dictionary(name, tie('json'), { maxKeys: 3 }) })
    .map((machine) => machine as unknown),
}));

const inner = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });

const SOUND = {
  Pass: { End: true },
  Wait: { Seconds: 0, End: true },
  Succeed: {},
  Fail: { Error: 'E' },
  Choice: { Choices: [{ Variable: '$.a', IsPresent: true, Next: 'B' }], Default: 'B' },
  Map: { ItemProcessor: inner('I'), End: true },
  Parallel: { Branches: [inner('J')], End: true },
  Task: { Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f', End: true },
} as const;

/** A machine that is sound but for a field or two, which may be so as well. */
const nearly = fc
  .constantFrom(...(Object.keys(SOUND) as (keyof typeof SOUND)[]))
  .chain((Type) =>
    fc.tuple(
      fc.constant(Type),
      fc.dictionary(fc.constantFrom(...Object.keys(FIELDS[Type])), fc.oneof(path, json), { maxKeys: 2 }),
    ),
  )
  .map(([Type, fields]) => {
    const { QueryLanguage, ...rest } = { QueryLanguage: 'JSONPath', ...fields };
    const A = { Type, ...SOUND[Type], ...rest };
    const B = Type === 'Choice' ? { B: { Type: 'Succeed' } } : {};
    return { QueryLanguage, StartAt: 'A', States: { A, ...B } };
  });

/** Compiles what waits until it is entered: nothing is left to be refused. */
function enterAll({ states }: CompiledMachine): void {
  for (const { branches } of states.values()) branches.forEach(enterAll);
}

const isJson = (value: unknown): boolean => {
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false;
  }
};

test('any text is refused, or is a definition', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: codePoint }), fc.json(), fc.string()), (text) => {
      const found = diagnose(text, 'STANDARD', true);

      if (!isJson(text)) expect(found).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});

test('any JSON that looks like a definition is refused with what is wrong, or can be compiled', () => {
  fc.assert(
    fc.property(fc.oneof(json, nearly), fc.constantFrom('STANDARD' as const, 'EXPRESS' as const), (value, type) => {
      const text = JSON.stringify(value) ?? 'null';

      const found = diagnose(text, type, true);

      for (const { code, message } of found) {
        expect(code).toMatch(/^[A-Z_]+$/);
        expect(message).not.toMatch(/undefined|TypeError|Cannot read/);
      }
      if (found.every(({ severity }) => severity === 'WARNING')) enterAll(compileMachine(JSON.parse(text), type));
    }),
    { numRuns: 1_500 },
  );
});

test('what is accepted runs to an end', async () => {
  await fc.assert(
    fc.asyncProperty(nearly, json, async (value, input) => {
      const text = JSON.stringify(value);
      fc.pre(diagnose(text, 'STANDARD').length === 0 && JSON.parse(text).States.A.Next === undefined);

      const { end } = await run(JSON.parse(text), input ?? null, { world: createWorld() });

      expect(['SUCCEEDED', 'FAILED', 'TIMED_OUT']).toContain(end?.status);
      expect(end?.cause ?? '').not.toMatch(/Cannot (?:read|use|convert)|is not (?:a function|iterable)/);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['lists', '['.repeat(200_000) + ']'.repeat(200_000)],
  ['objects', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`],
  [
    'parameters',
    `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":${'['.repeat(400_000)}${']'.repeat(400_000)},"End":true}}}`,
  ],
  [
    'branches',
    `${'{"StartAt":"A","States":{"A":{"Type":"Parallel","Branches":['.repeat(9_000)}${']}}}'.repeat(9_000)}`,
  ],
  ['filters', `{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$[?(${'('.repeat(500_000)}","End":true}}}`],
  [
    'functions',
    `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"${'States.Array('.repeat(60_000)}"},"End":true}}}`,
  ],
])('%s in each other without end are refused', (_, definition) => {
  expect(diagnose(definition, 'STANDARD', true)).not.toEqual([]);
});
