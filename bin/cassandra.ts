#!/usr/bin/env tsx
/** Apache Cassandra on this machine: `npm run cassandra`, or with `--fetch` its download alone. */
import { cassandra } from '../lib/cli/cassandra';

void cassandra();
