/** The CDK app: `cdk synth` and `cdk deploy` run it (cdk.json). */
import { createApp } from '../lib/stacks/app';
import { isExpected } from '../lib/stacks/expected-errors';

createApp()
  .then((app) => app.synth())
  .catch((error: unknown) => {
    // What is wrong in a definition is said in words; anything else is a fault of ours, with its stack.
    console.error(isExpected(error) ? error.message : error);
    process.exitCode = 1;
  });
