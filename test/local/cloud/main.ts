/** Runs a local cloud as a process of its own, for tests that kill it. Prints one line of JSON when it is ready. */
import { startCloud } from '../../../lib/local/cloud';

const [assembly = '', stateDir = '', port = '0'] = process.argv.slice(2);

startCloud({ assembly, stateDir, port: Number(port), log: (line) => console.error(line) })
  .then(({ endpoint, port: ownPort, changed, outputs, databases }) =>
    console.log(JSON.stringify({ endpoint, port: ownPort, changed, outputs, databases })),
  )
  .catch((error: Error) => {
    console.error(error);
    process.exit(1);
  });
