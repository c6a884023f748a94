import { settledWithin } from '../../lib/console/api/settled';

const never = new Promise<string>(() => {});

test('what is there in time is told, the others are left out', async () => {
  expect(await settledWithin([Promise.resolve('a'), never, Promise.resolve('b')], 20)).toEqual(['a', undefined, 'b']);
});

test('when all are there nobody waits any longer', async () => {
  expect(await settledWithin([Promise.resolve('a')], 1e9)).toEqual(['a']);
});

test('what goes wrong is thrown', async () => {
  await expect(settledWithin([never, Promise.reject(new Error('no'))], 1e9)).rejects.toThrow('no');
});
