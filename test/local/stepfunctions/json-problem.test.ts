import * as fc from 'fast-check';
import { jsonProblem } from '../../../lib/local/stepfunctions/json-problem';

const VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

// As https://github.com/FasterXML/jackson-core words them.
test.each([
  ['', 'No content to map due to end-of-input'],
  ['hello', `Unrecognized token 'hello': was expecting ${VALUE}\n at [Source: (String)"hello"; line: 1, column: 6]`],
  [
    '{',
    'Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)"{"; line: 1, column: 1])\n at [Source: (String)"{"; line: 1, column: 2]',
  ],
  [
    '{a:1}',
    'Unexpected character (\'a\' (code 97)): was expecting double-quote to start field name\n at [Source: (String)"{a:1}"; line: 1, column: 3]',
  ],
  [
    '{"a" 1}',
    'Unexpected character (\'1\' (code 49)): was expecting a colon to separate field name and value\n at [Source: (String)"{"a" 1}"; line: 1, column: 7]',
  ],
  [
    '[1 2]',
    'Unexpected character (\'2\' (code 50)): was expecting comma to separate Array entries\n at [Source: (String)"[1 2]"; line: 1, column: 5]',
  ],
  [
    "'x'",
    `Unexpected character (''' (code 39)): expected a valid value ${VALUE}\n at [Source: (String)"'x'"; line: 1, column: 2]`,
  ],
  [
    '{\n  "a": nope\n}',
    `Unrecognized token 'nope': was expecting ${VALUE}\n at [Source: (String)"{\n  "a": nope\n}"; line: 2, column: 12]`,
  ],
])('%j', (text, problem) => {
  expect(jsonProblem(text)).toBe(problem);
});

test('nesting without an end is told by the parser that is here', () => {
  expect(jsonProblem('['.repeat(200_000))).toEqual(expect.any(String));
});

test('there is a problem with a text if, and only if, it is no JSON', () => {
  const brackets = fc.string({ unit: fc.constantFrom(...'{}[]",:1-.e+ \\untrfalse\n') });
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), brackets), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(jsonProblem(text) === undefined).toBe(isJson);
    }),
    { numRuns: 2000 },
  );
});
