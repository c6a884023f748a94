import { leftOut } from './left-out';

test('what is not installed is said in one line, with the packages that have it', () => {
  const part = (name: string, is: boolean) => ({ tests: `tests-${name}`, of: `package-${name}`, isHere: () => is });

  expect(leftOut([part('a', true), part('b', false), part('c', false)])).toBe(
    'Left out, as their programs are not installed: tests of tests-b, tests-c. On Debian: apt-get install package-b package-c',
  );
  expect(leftOut([part('a', true)])).toBeUndefined();
  expect(leftOut([part('b', false), { ...part('c', false), byPip: true }])).toBe(
    'Left out, as their programs are not installed: tests of tests-b, tests-c. On Debian: apt-get install package-b. By pip: pip install package-c',
  );
});
