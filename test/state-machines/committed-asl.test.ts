import { readFileSync } from 'node:fs';
import path from 'node:path';
import { aslText } from '../../lib/cli/compile';
import { compile } from '../../lib/compiler';
import orders from '../../state-machines/orders/pipeline';

test('The committed state machine of orders is what the compiler makes of its pipeline', async () => {
  const folder = path.join(__dirname, '../../state-machines/orders');

  const { definition } = await compile(orders, { folder });

  expect(readFileSync(path.join(folder, 'state-machine.asl.json'), 'utf8')).toBe(aslText(definition));
});
