import { Pace, paced } from '../../../lambdas/shared/pace';

test('where DynamoDB throttles, fewer writes are under way; a wave of answers counts once, and calm brings them back', () => {
  let now = 0;
  const pace = new Pace(() => now);
  const before = pace.limit;

  for (let answer = 0; answer < 50; answer++) pace.answered(2);
  expect(pace.limit).toBe(before / 2);
  for (let wave = 0; wave < 20; wave++) {
    now += 1000;
    pace.answered(3);
  }
  expect(pace.limit).toBe(1);
  for (let answer = 0; answer < 20_000; answer++) pace.answered();
  expect(pace.limit).toBe(128);
});

test('as many as the pace allows are under way, each once, and all are done when it returns', async () => {
  const pace = new Pace(() => 0);
  const done: number[] = [];
  let underWay = 0;
  let most = 0;
  const work = async (item: number) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    done.push(item);
  };
  const items = Array.from({ length: 100 }, (_, item) => item);

  expect(await paced(items, 10, pace, () => done.length >= 40, work)).toBe(10 + done.length);
  expect(done.toSorted((a, b) => a - b)).toEqual(items.slice(10, 10 + done.length));
  expect(most).toBe(32);
});

test('the first error ends it, once what is under way has ended', async () => {
  let ended = 0;
  const work = async (item: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    ended++;
    if (item === 3) throw new Error('refused');
  };

  await expect(
    paced(
      Array.from({ length: 200 }, (_, n) => n),
      0,
      new Pace(() => 0),
      () => false,
      work,
    ),
  ).rejects.toThrow('refused');
  expect(ended).toBeLessThan(100);
});
