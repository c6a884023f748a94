import { createStatesService } from '../../../lib/local/services/states';
import { serviceModel } from '../../../lib/local/wire/model';

/** No operations of the API, but what the role of a state machine is asked for. */
const PERMISSIONS = ['InvokeHTTPEndpoint', 'RunChildren'];

test('Step Functions has every operation of its API', async () => {
  const model = await serviceModel('states');

  const has = Object.keys(createStatesService().operations).sort();

  expect(has).toEqual([...model!.operations().map(([, , name]) => name), ...PERMISSIONS].sort());
});
