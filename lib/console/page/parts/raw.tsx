/** Text of others as it is: what would hide or turn other text is shown by its code. */

/** Control characters but for tab and line feed, and what changes the direction of text, or has no width. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff])/;

/** A direction of its own: it does not turn what stands beside it. */
export const Raw = ({ text }: { readonly text: string }) => (
  <bdi>
    {text.split(HIDDEN).map((piece, index) =>
      index % 2 === 0 ? (
        piece
      ) : (
        <span key={index} class="code-point">
          {`U+${piece.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`}
        </span>
      ),
    )}
  </bdi>
);
