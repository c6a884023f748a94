import { md5Password, scramVerifier } from '../../../lambdas/bootstrap/passwords';
import { findPostgresRole, postgresStatements } from '../../../lambdas/bootstrap/postgres-statements';
import { findRedshiftUser, redshiftStatements } from '../../../lambdas/bootstrap/redshift-statements';

const login = { username: 'stepwell_orders', password: 'pencil' };
const MAKE_LEDGER =
  'CREATE TABLE IF NOT EXISTS "stepwell_orders"."loads" (load_key varchar(256) NOT NULL, table_name varchar(512) NOT NULL, ' +
  'generation integer NOT NULL, run_id varchar(128) NOT NULL, published_by varchar(256) NOT NULL, "rows" bigint NOT NULL, ' +
  'arrival varchar(96) NOT NULL, published_at timestamp NOT NULL';

test("the verifier is PostgreSQL's (RFC 7677's example), and the MD5 form is Redshift's", () => {
  expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
  // The example of Redshift's documentation: password ez, user user1.
  expect(md5Password('user1', 'ez')).toBe('md5153c434b4b77c89e6b94f12c5393af5b');
});

test('a password that is no ASCII is refused instead of being hashed wrongly', () => {
  expect(() => scramVerifier('pässword')).toThrow('printable ASCII');
});

test('Redshift: user, own schema, load ledger, target schemas', () => {
  expect(findRedshiftUser("it's")).toBe("SELECT usename FROM pg_user WHERE usename = 'it''s'");
  expect(redshiftStatements({ pipeline: 'orders', login, userExists: false, schemas: ['analytics', 'x"y'] })).toEqual([
    `CREATE USER "stepwell_orders" PASSWORD '${md5Password('stepwell_orders', 'pencil')}'`,
    'CREATE SCHEMA IF NOT EXISTS "stepwell_orders" AUTHORIZATION "stepwell_orders"',
    `${MAKE_LEDGER})`,
    'ALTER TABLE "stepwell_orders"."loads" OWNER TO "stepwell_orders"',
    'CREATE SCHEMA IF NOT EXISTS "analytics"',
    'GRANT USAGE, CREATE ON SCHEMA "analytics" TO "stepwell_orders"',
    'CREATE SCHEMA IF NOT EXISTS "x""y"',
    'GRANT USAGE, CREATE ON SCHEMA "x""y" TO "stepwell_orders"',
  ]);
});

test('PostgreSQL: role, S3 import, own schema with ledger and functions, target schemas', () => {
  const salt = Buffer.alloc(16, 1);
  const statements = postgresStatements({ pipeline: 'orders', login, roleExists: true, schemas: ['shop'], salt });

  expect(findPostgresRole("it's")).toBe("SELECT rolname::text FROM pg_roles WHERE rolname = 'it''s'");
  expect(statements.filter((sql) => !sql.startsWith('CREATE OR REPLACE FUNCTION'))).toEqual([
    `ALTER ROLE "stepwell_orders" LOGIN PASSWORD '${scramVerifier('pencil', salt)}'`,
    'GRANT "stepwell_orders" TO CURRENT_USER',
    'CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE',
    'GRANT USAGE ON SCHEMA aws_s3, aws_commons TO "stepwell_orders"',
    'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO "stepwell_orders"',
    'CREATE SCHEMA IF NOT EXISTS "stepwell_orders" AUTHORIZATION "stepwell_orders"',
    `${MAKE_LEDGER}, PRIMARY KEY (load_key, table_name, generation))`,
    'CREATE TABLE IF NOT EXISTS "stepwell_orders"."staged" (staging varchar(63) PRIMARY KEY, digest varchar(64) NOT NULL, rows bigint NOT NULL, staged_at timestamp NOT NULL)',
    'ALTER TABLE "stepwell_orders"."loads" OWNER TO "stepwell_orders"',
    'ALTER TABLE "stepwell_orders"."staged" OWNER TO "stepwell_orders"',
    'ALTER FUNCTION "stepwell_orders"."load"(jsonb) OWNER TO "stepwell_orders"',
    'ALTER FUNCTION "stepwell_orders"."publish"(jsonb) OWNER TO "stepwell_orders"',
    'CREATE SCHEMA IF NOT EXISTS "shop"',
    'GRANT USAGE, CREATE ON SCHEMA "shop" TO "stepwell_orders"',
  ]);
  expect(statements.join('\n')).not.toContain('pencil');
});
