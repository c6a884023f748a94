/** A local cloud in which things go wrong, as a process of its own that a test may kill. Prints one line of JSON when it is ready. */
import { startCloud } from '../../../lib/local/cloud';
import { randomOf } from '../order-files';
import { hastyClock, injectFaults } from './injector';

const [assembly = '', stateDir = '', port = '0', seed = '0', percent = '0', log = '', calm = ''] =
  process.argv.slice(2);

startCloud({ assembly, stateDir, port: Number(port), clock: hastyClock, log: (line) => console.error(line) })
  .then((cloud) => {
    injectFaults(cloud, { random: randomOf(Number(seed)), percent: Number(percent), log, calm });
    console.log(
      JSON.stringify({
        endpoint: cloud.endpoint,
        port: cloud.port,
        outputs: cloud.outputs,
        databases: cloud.databases,
      }),
    );
  })
  .catch((error: Error) => {
    console.error(error);
    process.exit(1);
  });
