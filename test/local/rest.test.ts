import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = `
const { giveBackWhenQuiet } = require(${JSON.stringify(join(process.cwd(), 'lib/local/rest.ts'))});
let kept = Array.from({ length: 500_000 }, (_, id) => ({ id, name: 'item ' + id }));
const least = process.memoryUsage.rss() - 20 * 1024 ** 2;
kept = undefined;
giveBackWhenQuiet();
const look = setInterval(() => {
  if (process.memoryUsage.rss() > least) return;
  clearInterval(look);
  console.log('given back');
}, 200);
`;

test('a process that has become quiet gives back what it has used, goes on, and ends when it has nothing else to do', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', PROGRAM], {
    timeout: 200_000,
  });

  expect(stdout).toBe('given back\n');
});
