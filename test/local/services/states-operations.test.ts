import { createStatesService } from '../../../lib/local/services/states';
import { serviceModel } from '../../../lib/local/wire/model';

test('Step Functions has every operation of its API', async () => {
  const model = await serviceModel('states');

  const has = Object.keys(createStatesService().operations).sort();

  expect(has).toEqual(
    model!
      .operations()
      .map(([, , name]) => name)
      .sort(),
  );
});
