/** Long texts, and errors in words. */
import type { ComponentChildren } from 'preact';
import type { RunError, Text } from '../../../types/run';
import { Raw } from '../../parts/raw';
import { plural } from '../../parts/text';

/** What went in, came out or was written down. Nothing of it is taken for HTML. */
export const TextBlock = ({ label, text }: { readonly label: string; readonly text: Text }) => (
  <section class="text-block" aria-label={label}>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
    <pre tabIndex={0}>
      <Raw text={text.text} />
    </pre>
    {text.whole === undefined ? null : (
      <p class="quiet">
        The first {plural(text.text.length, 'character')} of {plural(text.whole, 'character')}.{' '}
        {text.href === undefined ? null : (
          <a href={text.href} download>
            Save all of it
          </a>
        )}
      </p>
    )}
  </section>
);

export const ErrorWords = ({
  error,
  children,
}: {
  readonly error: RunError;
  readonly children?: ComponentChildren;
}) => (
  <div class="error">
    <p>
      <strong>
        <Raw text={error.name} />
      </strong>
    </p>
    {error.cause === '' ? null : (
      <p class="pre">
        <Raw text={error.cause} />
      </p>
    )}
    {children}
  </div>
);
