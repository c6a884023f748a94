import { jsonText, textOf, titleIn } from '../../../lib/console/api/run/texts';

test('JSON is indented, and its numbers keep all their digits', () => {
  expect(jsonText('{"id":12345678901234567890,"rate":1.0}')).toEqual({
    text: '{\n  "id": 12345678901234567890,\n  "rate": 1.0\n}',
  });
});

test('what is no JSON is shown as it is', () => {
  expect(jsonText('<script>')).toEqual({ text: '<script>' });
});

test('a long text is cut, and says how long it is and where all of it is', () => {
  const { text, whole, href } = textOf('x'.repeat(10_000_000), '/all');
  expect([text.length, whole, href]).toEqual([20_000, 10_000_000, '/all']);
});

test('an item is called by the first words of what it works at', () => {
  expect(titleIn('{"partition":{"key":"orders/a.csv","start":0},"partitions":3}')).toBe('orders/a.csv · 0 · 3');
  expect(titleIn('"Vienna"')).toBe('Vienna');
  expect(titleIn('{}')).toBeUndefined();
  expect(titleIn('no JSON')).toBeUndefined();
});
