#!/usr/bin/env tsx
/** The CLI: `npx stepwell --help`. */
import { main } from '../lib/cli/main';

main(process.argv).catch((error: unknown) => {
  console.error(error instanceof Error && error.name !== 'Error' ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
});
