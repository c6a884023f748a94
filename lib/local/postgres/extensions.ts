import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AWS_COMMONS_SQL, AWS_S3_SQL } from './aws-s3';
import type { Home } from './home';

/**
 * Aurora's own extensions, as real ones (PostgreSQL 18 looks for them in `extension_control_path`): a bootstrap's
 * `CREATE EXTENSION aws_s3 CASCADE` runs here word for word. `trusted` lets the database's master user install them as it can on Aurora,
 * with the objects owned by the superuser.
 */
const FILES: Readonly<Record<string, string>> = {
  'aws_commons.control':
    "comment = 'Common data types across AWS services'\ndefault_version = '1.2'\ntrusted = true\nrelocatable = false\n",
  'aws_commons--1.2.sql': AWS_COMMONS_SQL,
  'aws_s3.control':
    "comment = 'AWS S3 extension for importing data from S3'\ndefault_version = '1.2'\ntrusted = true\nrelocatable = false\nrequires = 'aws_commons'\n",
  'aws_s3--1.2.sql': AWS_S3_SQL,
};

export const EXTENSIONS = {
  /** Writes the extensions' files where the server can read them and returns that folder. */
  install(home: Home): string {
    const folder = join(home.exchangeDir, 'extensions');
    mkdirSync(join(folder, 'extension'), { recursive: true, mode: 0o755 });
    for (const [name, text] of Object.entries(FILES)) {
      writeFileSync(join(folder, 'extension', name), text, { mode: 0o644 });
    }
    return folder;
  },
};
