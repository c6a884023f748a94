import fc from 'fast-check';
import { SqlSyntaxError, significant, type TokenKind, tokenize } from '../../../lib/local/postgres/sql-lexer';
import { RedshiftError, UnsupportedLocally } from '../../../lib/local/redshift/errors';
import { NeedsColumns, NeedsFunction, translate } from '../../../lib/local/redshift/translate';
import { codePoint } from '../../fixtures/any-text';

const letters = fc.string({ unit: fc.constantFrom(...'abcXYZ_äß漢'), minLength: 1, maxLength: 6 });
const anything = fc.string({ unit: 'grapheme', maxLength: 12 });
const token = (kind: TokenKind, text: fc.Arbitrary<string>) => text.map((value) => ({ kind, text: value }));

/** Comments nest, to any depth. */
const comment: fc.Arbitrary<string> = fc.letrec<{ comment: string }>((tie) => ({
  comment: fc
    .array(
      fc.oneof(
        { depthSize: 'small' },
        anything.map((text) => text.replace(/[*/]/g, '')),
        tie('comment'),
      ),
      { maxLength: 3 },
    )
    .map((parts) => `/*${parts.join('')}*/`),
})).comment;

const tokens = fc.oneof(
  token('word', letters),
  token('number', fc.constantFrom('0', '42', '1.5', '.5', '1e10', '2.5E-3')),
  token(
    'string',
    anything.map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
  ),
  token(
    'string',
    anything.map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
  ),
  token(
    'quoted',
    anything.map((text) => `"${text.replaceAll('"', '""')}"`),
  ),
  token(
    'string',
    anything.map((text) => `$$${text.replaceAll('$', '')}$$`),
  ),
  token(
    'string',
    fc
      .tuple(fc.constantFrom('a', 'body', '_x'), anything)
      .map(([tag, text]) => `$${tag}$${text.replaceAll('$', '')}$$${tag}$`),
  ),
  token(
    'parameter',
    letters.filter((name) => /^\w+$/.test(name)).map((name) => `:${name}`),
  ),
  token('punctuation', fc.constantFrom('(', ')', ',', ';', '.', '::', '[', ']')),
);

const blanks = fc.oneof(
  fc.constantFrom(' ', '\n', '\t', ' \r\n '),
  comment,
  anything.map((text) => `--${text.replaceAll('\n', '')}\n`),
);

test('a text of tokens is read as these tokens, whatever stands between them, and nothing of it is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(blanks, tokens)), blanks, (parts, last) => {
      const sql = parts.map(([blank, { text }]) => ` ${blank} ${text}`).join('') + last;

      const found = tokenize(sql, { backslashEscapes: true });

      expect(found.map(({ text }) => text).join('')).toBe(sql);
      expect(significant(found).map(({ kind, text }) => ({ kind, text }))).toEqual(parts.map(([, each]) => each));
    }),
    { numRuns: 500 },
  );
});

const EXPECTED = [SqlSyntaxError, RedshiftError, UnsupportedLocally, NeedsColumns, NeedsFunction];

/** Only errors that are meant for whoever wrote the SQL. */
function translates(sql: string): void {
  try {
    translate(sql);
  } catch (error) {
    if (!EXPECTED.some((kind) => error instanceof kind)) throw error;
  }
}

const WORDS =
  `select from where group by all having qualify order limit top distinct with as insert into values update set delete using merge when matched then
  not copy unload to iam_role default format csv json parquet create table view materialized temp if exists like alter add column drop rename
  append grant revoke on user case end cast convert extract date_part dateadd datediff listagg within over partition median percentile_cont
  decode nvl2 pivot unpivot for in exclude union minus except is null and or at time zone interval lock truncate vacuum analyze show reset
  comment refresh call begin commit a b t.c x.y.z # #t * + - / < > = <> :: || , ( ) [ ] ; . 'text' "name" 1 2.5 :p $$ $1 \\ % & ~`.split(
    /\s+/,
  );

test('any sequence of SQL words is translated, or refused in words', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), (words) => {
      for (const start of ['', 'SELECT ', 'COPY ', 'CREATE TABLE t ', 'MERGE INTO t USING s '])
        translates(start + words.join(' '));
      translates(`CREATE PROCEDURE p() LANGUAGE plpgsql AS $body$ BEGIN ${words.join(' ')} ; END $body$`);
    }),
    { numRuns: 2_000 },
  );
});

test('any text is translated, or refused in words', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 200 }), (text) => {
      translates(text);
      translates(`SELECT ${text}`);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['brackets', '('.repeat(100_000)],
  ['brackets that close', `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ['comments within comments', `${'/*'.repeat(50_000)}`],
  ['rows to insert', `INSERT INTO t VALUES ${'(1),'.repeat(25_000)}(1)`],
  ['names', `SELECT ${'a,'.repeat(50_000)}a`],
  ['steps into a value', `SELECT a${'.b'.repeat(50_000)} FROM t`],
  ['set operators', `SELECT 1 ${'UNION SELECT 1 '.repeat(6_500)}`],
  ['operators', `SELECT 1${'+1'.repeat(50_000)}`],
  [
    'aliases that double',
    `SELECT 1 AS a0, ${Array.from({ length: 60 }, (_, at) => `a${at} + a${at} AS a${at + 1}`).join(', ')}`,
  ],
])('a hundred thousand characters of %s do not hang the translation', (_name, sql) => {
  translates(sql);
});
