import type { StateMachine } from '../../../lib/asl/types';
import type { DefinitionError } from '../../../lib/local/stepfunctions/errors';
import { compileMachine } from '../../../lib/local/stepfunctions/machine';

function refusal(expression: string): string | undefined {
  const definition: StateMachine = {
    QueryLanguage: 'JSONata',
    StartAt: 'P',
    States: { P: { Type: 'Pass', Output: { v: `{% ${expression} %}` }, End: true } },
  };
  try {
    compileMachine(definition);
    return undefined;
  } catch (error) {
    return (error as DefinitionError).message;
  }
}

test.each([
  '$states.input.phone',
  '$phone',
  '$states.input.items[value > 3]',
  '$states.input.items.{ "k": name, "v": $states.input[x].y }',
  '$map($states.input.a, function($x) { $x.b })',
  '$states.input.a^(>b)',
  '$states.input.items{ k: $sum(v) }',
  '($x := $states.input; $x.y)',
  '$states.input.a ? "b" : 1',
  '$filter($states.input.l, function($v, $i) { $v.n = $i })[0].name',
  '$states.input ~> |items|{"n": 1}|',
])('%s is accepted', (expression) => {
  expect(refusal(expression)).toBeUndefined();
});

test.each([
  ['phone', 'phone'],
  ['items.phone', 'items'],
  ['$states.input.x = phone', 'phone'],
  ['$map($states.input.a, function($x) { b })', 'b'],
  ['{ "k": [name] }', 'name'],
  ['$exists(name) ? 1 : 2', 'name'],
])('%s is refused: it reads a context item that is not there', (expression, name) => {
  expect(refusal(expression)).toBe(
    `UNSUPPORTED_JSONATA_EXPRESSION: Reference to '${name}' at the top level is not supported. at /States/P/Output/v`,
  );
});

test('$$ is refused, and so is what does not parse', () => {
  expect(refusal('$states.input.a[$$.b]')).toBe(
    "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/P/Output/v",
  );
  expect(refusal('a[1,2)')).toMatch(/^INVALID_JSONATA_EXPRESSION: .* at \/States\/P\/Output\/v$/);
});
