/** What is evaluated at once is what the library says. */
import fc from 'fast-check';
import jsonata from 'jsonata';
import { Environment } from '../../../lib/local/stepfunctions/environment';
import { compileExpression } from '../../../lib/local/stepfunctions/jsonata/expression';
import { compileQuick, UNSURE } from '../../../lib/local/stepfunctions/jsonata/quick';

const NAMES = ['a', 'b', 'x y'];
const VARIABLES = ['x', 'states.input', 'states.context', 'states.result'];

const json = fc.letrec((tie) => ({
  scalar: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 's', 't', null, true, false, 0.5, 1e308)),
  value: fc.oneof(
    { maxDepth: 3 },
    tie('scalar'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const source = fc.letrec<{ leaf: string; expression: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('1', '-2', '0.5', '"s"', '"t"', 'true', 'false', 'null', '[]', '{}', '$nothing', '$sum'),
    fc
      .tuple(fc.constantFrom(...VARIABLES), fc.array(fc.constantFrom('a', 'b', '"x y"', 'toString'), { maxLength: 3 }))
      .map(([variable, names]) => [`$${variable}`, ...names].join('.')),
  ),
  expression: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or', 'in', '~>'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('expression'), tie('expression'), fc.option(tie('expression')))
      .map(([test, yes, no]) => `(${test} ? ${yes}${no === null ? '' : ` : ${no}`})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), tie('expression')), { maxLength: 3 })
      .map((members) => `{${members.map(([key, value]) => `"${key}": ${value}`).join(', ')}}`),
    tie('expression').map((inner) => `${inner}[0]`),
    tie('expression').map((inner) => `$count(${inner})`),
  ),
})).expression;

test('an expression that is evaluated at once gives what the library gives', async () => {
  let evaluated = 0;
  await fc.assert(
    fc.asyncProperty(source, json, json, json, async (text, x, input, result) => {
      const environment = new Environment(input, () => ({ a: 1 }), { x }, { result });
      const quick = compileQuick(jsonata(text).ast());
      const value = quick ? quick(environment) : UNSURE;
      if (value === UNSURE) return;
      evaluated++;

      expect(JSON.stringify(value)).toBe(JSON.stringify(await jsonata(text).evaluate(undefined, environment.bindings)));
    }),
    { numRuns: 3_000 },
  );
  expect(evaluated).toBeGreaterThan(400);
});

test('common expressions need no promise', () => {
  const input = { a: { b: 2 }, s: 'x' };
  const environment = new Environment(input, () => ({}), { n: 1, list: [1, 2] }, { result: { Payload: 3 } });
  for (const [text, value] of [
    ['$states.input.a.b >= 2 and $states.input.s = "x"', true],
    ['$states.result.Payload', 3],
    ['$n + 1', 2],
    ['{"n": $n, "list": $list}', { n: 1, list: [1, 2] }],
    ['$states.input.none', undefined],
  ] as const) {
    expect(compileExpression(text, 'result').evaluate(environment)).toEqual(value);
  }
});
