import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle } from '../../lib/local/modules';

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'stepwell-modules-')));
const write = (file: string, text: string) => {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};

beforeAll(() => {
  write('tsconfig.json', '{}');
  for (const folder of ['asl', 'schema']) mkdirSync(path.join(root, 'lib', folder), { recursive: true });
  write('lib/local/run.ts', "export { inner } from './deep/inner';\nexport const name: string = 'run';\n");
  write('lib/local/deep/inner.ts', 'export const inner = { place: __dirname, file: __filename };\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the one file has every module, each with its own place', async () => {
  const { inner, name } = require(await bundle(root));

  expect(name).toBe('run');
  expect(inner).toEqual({ place: path.join(root, 'lib/local/deep'), file: path.join(root, 'lib/local/deep/inner.ts') });
});

test('it is made of the sources as they are: an edit makes a new one, and so does a file more', async () => {
  const first = await bundle(root);

  write('lib/local/run.ts', "export { inner } from './deep/inner';\nexport const name: string = 'edited';\n");
  const second = await bundle(root);
  const again = await bundle(root);
  write('lib/local/deep/inner/index.ts', 'export const inner = 1;\n');
  const third = await bundle(root);

  expect(second).not.toBe(first);
  expect(require(second).name).toBe('edited');
  expect(again).toBe(second);
  expect(third).not.toBe(second);
  expect(existsSync(`${second}.map`)).toBe(true);
});

test('what imports a module of another folder is not made one: nobody would see an edit of that', async () => {
  write('lib/other/elsewhere.ts', 'export const elsewhere = 1;\n');
  write('lib/local/run.ts', "export { elsewhere } from '../other/elsewhere';\n");

  await expect(bundle(root)).rejects.toThrow('lib/other/elsewhere.ts is outside of lib/asl, lib/schema, lib/local');
});
