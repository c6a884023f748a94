import { INSTALL_CATALOG } from './catalog';
import { USERS_ROLE } from './users-role';

/** A database that has the catalog and nothing else: to copy it takes a tenth of what making the catalog does. Not a name of Redshift's. */
export const TEMPLATE = 'stepwell_redshift';

/** What makes it, each in a database of a server that has just been initialised. */
export const MAKE_TEMPLATE: readonly { readonly database: string; readonly sql: string }[] = [
  { database: 'postgres', sql: `CREATE ROLE "${USERS_ROLE}" NOLOGIN;` },
  {
    database: 'postgres',
    sql: `CREATE DATABASE ${TEMPLATE} TEMPLATE template0 IS_TEMPLATE true ALLOW_CONNECTIONS false;`,
  },
  { database: TEMPLATE, sql: INSTALL_CATALOG },
];
