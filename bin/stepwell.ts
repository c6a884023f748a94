#!/usr/bin/env tsx
/** The CLI: `npx stepwell --help`. */
import { main } from '../lib/cli/main';

void main(process.argv);
