import * as fc from 'fast-check';
import { identifier, identifiers, integer, literal, plainLiteral, qualified } from '../../../lambdas/shared/sql';
import { codePoint } from '../../fixtures/any-text';

test('identifiers and texts are quoted by doubling their quotes', () => {
  expect(identifier('my "table"')).toBe('"my ""table"""');
  expect(qualified('a.b', 'c')).toBe('"a.b"."c"');
  expect(identifiers(['a', 'b c'], 't')).toBe('t."a", t."b c"');
  expect(literal("it's")).toBe("'it''s'");
});

test('a backslash means the same to PostgreSQL and Redshift', () => {
  expect(literal('a\\b')).toBe("('a' || CHR(92) || 'b')");
  expect(() => plainLiteral('a\\b')).toThrow('A backslash cannot be written here');
});

test('what SQL cannot say is refused', () => {
  expect(() => identifier('')).toThrow('cannot be empty');
  expect(() => identifier('a\0b')).toThrow('NUL');
  expect(() => literal('a\0b')).toThrow('NUL');
  expect(() => integer(1.5)).toThrow('1.5 is not a whole number.');
  expect(() => integer(Number.NaN)).toThrow();
});

/** Reads a quoted thing as a lexer does: ends at the first quote that is not doubled. */
function unquote(text: string, quote: string): { value: string; rest: string } {
  expect(text[0]).toBe(quote);
  let value = '';
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] !== quote) value += text[at];
    else if (text[at + 1] === quote) {
      value += quote;
      at += 1;
    } else return { value, rest: text.slice(at + 1) };
  }
  throw new Error('unterminated');
}

const anyText = fc.string({ unit: codePoint }).filter((text) => !text.includes('\0'));

test('whatever the name, a lexer reads it back whole and nothing follows', () => {
  fc.assert(
    fc.property(anyText, (name) => {
      fc.pre(name !== '');
      expect(unquote(identifier(name), '"')).toEqual({ value: name, rest: '' });
    }),
  );
});

test('whatever the text, its pieces read back to it, and none holds a backslash', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.stringMatching(/^['"\\;a-]*$/)), (text) => {
      let rest = literal(text);
      if (rest.startsWith('(')) rest = rest.slice(1, -1);
      const pieces: string[] = [];
      for (;;) {
        const piece = unquote(rest, "'");
        expect(piece.value).not.toContain('\\');
        pieces.push(piece.value);
        if (piece.rest === '') break;
        expect(piece.rest.startsWith(' || CHR(92) || ')).toBe(true);
        rest = piece.rest.slice(' || CHR(92) || '.length);
      }
      expect(pieces.join('\\')).toBe(text);
    }),
  );
});
