import * as fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { parseJson } from '../../../lambdas/extract-http/parse-json';

test('numbers that a double holds are numbers, all others keep their digits, wherever they stand', () => {
  expect(parseJson('{"a":[1,1.50,1e3,-0.1,123456789012345]}')).toEqual({ a: [1, 1.5, 1000, -0.1, 123456789012345] });
  for (let indent = 0; indent < 20; indent++) {
    for (const number of ['12345678901234567', '-0.12345678901234567', '9007199254740993', '1234567.8901234567']) {
      expect(parseJson(`${' '.repeat(indent)}[${number},1]`)).toEqual([new LosslessNumber(number), 1]);
    }
  }
});

test('anything else is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.json(), fc.stringMatching(/^\d{0,30}$/), (text, digits) => {
      const both = `[${text},${JSON.stringify(digits)}]`;
      const plain = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value, (_name, one) => (one instanceof LosslessNumber ? Number(one.value) : one)));
      expect(plain(parseJson(both))).toEqual(plain(JSON.parse(both)));
    }),
  );
});

test('of two members of one name the last counts, and what is no JSON is an error', () => {
  expect(parseJson('{"a":1,"a":12345678901234567890}')).toEqual({ a: new LosslessNumber('12345678901234567890') });
  expect(() => parseJson('{"a":')).toThrow(SyntaxError);
});
