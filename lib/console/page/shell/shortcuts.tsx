/** Keys that do something anywhere. A view adds its own by `useShortcut`; all of them are listed under `?`. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { go } from './location';
import { shownViews } from './shell';
import { nextTheme } from './theme';

interface Shortcut {
  readonly key: string;
  readonly what: string;
  readonly run: () => void;
}

const ofViews = signal<readonly Shortcut[]>([]);
const isListed = signal(false);

/** While the component is shown: from its first paint on. */
export function useShortcut(key: string, what: string, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useLayoutEffect(() => {
    const shortcut = { key, what, run: () => latest.current() };
    ofViews.value = [...ofViews.value, shortcut];
    return () => {
      ofViews.value = ofViews.value.filter((one) => one !== shortcut);
    };
  }, [key, what]);
}

const everywhere = (): readonly Shortcut[] => [
  ...shownViews().map(({ nav, title, path }) => ({ key: `g ${nav}`, what: `Go to ${title}`, run: () => go(path) })),
  {
    key: '/',
    what: 'Search on this page',
    run: () => document.querySelector<HTMLInputElement>('input[type=search]')?.focus(),
  },
  { key: 't', what: 'Change the theme', run: nextTheme },
  {
    key: '?',
    what: 'Show these keys',
    run: () => {
      isListed.value = true;
    },
  },
];

/** `g` waits so long for its second letter: by when they were pressed, however late a busy page gets to them. */
const SECOND_MS = 1500;

export function Shortcuts() {
  useLayoutEffect(() => {
    let first: { readonly key: string; readonly at: number } | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const isSecond = first !== undefined && event.timeStamp - first.at < SECOND_MS;
      const typed = isSecond ? `${first!.key} ${event.key}` : event.key;
      const all = [...ofViews.value, ...everywhere()];
      const found = all.find(({ key }) => key === typed);
      first = undefined;
      if (found !== undefined) {
        event.preventDefault();
        found.run();
      } else if (all.some(({ key }) => key.startsWith(`${event.key} `)))
        first = { key: event.key, at: event.timeStamp };
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  if (!isListed.value) return null;
  const close = () => {
    isListed.value = false;
  };
  return (
    <Dialog title="Keys" onClose={close}>
      <dl class="keys">
        {[...ofViews.value, ...everywhere()].map(({ key, what }) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
