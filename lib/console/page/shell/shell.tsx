/** The frame around every view: header, navigation, what is wrong, and the view itself. */
import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Empty, ErrorBox, Loading } from '../parts/states';
import { VIEWS, type View, type ViewProps } from '../views';
import { about, targetKind } from './about';
import { Banner } from './banner';
import { paramsOf, place } from './location';
import { Shortcuts } from './shortcuts';
import { ThemeButton } from './theme';

export function Shell() {
  const { path, query } = place.value;
  const found = VIEWS.flatMap((view) => {
    const params = paramsOf(view.path, path);
    return params === undefined ? [] : [{ view, params }];
  })[0];
  return (
    <>
      <a class="skip" href="#view">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <Mark />
          Stepwell
        </a>
        <Navigation current={path} />
        <Where />
        <ThemeButton />
      </header>
      <Banner />
      <main id="view" tabIndex={-1}>
        {found === undefined ? (
          <Empty title="There is no such page">
            <a href="/">Go to the overview</a>
          </Empty>
        ) : (
          <Loaded key={found.view.path} path={path} view={found.view} params={found.params} query={query} />
        )}
      </main>
      <Shortcuts />
    </>
  );
}

const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
    <path d="M2 2h28v5H7v23H2zM11 11h19v5H16v14h-5zM20 20h10v10H20z" fill="currentColor" />
  </svg>
);

function Navigation({ current }: { readonly current: string }) {
  const isHere = ({ path }: View) => (path === '/' ? current === '/' : current.startsWith(path));
  return (
    <nav aria-label="Main">
      <ul>
        {shownViews().map((view) => (
          <li key={view.path}>
            <a href={view.path} aria-current={isHere(view) ? 'page' : undefined}>
              {view.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Of the navigation. */
export const shownViews = (): readonly View[] =>
  VIEWS.filter(({ nav, localOnly }) => nav !== undefined && (localOnly !== true || targetKind() === 'local'));

function Where() {
  const { value } = about;
  if (value === undefined) return <span class="where" />;
  return (
    <span class="where" title={value.where}>
      <span class={`target target-${value.kind}`}>{value.kind === 'local' ? 'local' : value.where}</span>
      {value.readOnly ? <span class="badge">read-only</span> : null}
    </span>
  );
}

type Component = ComponentType<ViewProps>;
const loaded = new Map<View, Component>();

/** A view whose code is here is shown at once. */
function Loaded({ path, view, params, query }: ViewProps & { readonly path: string; readonly view: View }) {
  const [component, setComponent] = useState<Component | undefined>(() => loaded.get(view));
  const [error, setError] = useState<string>();
  const isFirst = useRef(true);
  // Before it is seen: who has begun to type or to Tab in it by then would be taken away from there.
  useLayoutEffect(() => {
    document.title = view.path === '/' ? 'Stepwell' : `${titleOf(view, params)} · Stepwell`;
    // Who goes to another view by keyboard or screen reader is to be there; who has just come reads from the start.
    if (document.referrer === '' && isFirst.current && !hasMoved) hasMoved = true;
    else document.getElementById('view')?.focus({ preventScroll: true });
    isFirst.current = false;
    // Not when its query changes: who goes from tab to tab stays where they are.
  }, [view, path]);
  useEffect(() => {
    if (component !== undefined) return;
    view.load().then(
      ({ default: found }) => {
        loaded.set(view, found);
        setComponent(() => found);
      },
      (reason: unknown) => setError(String(reason)),
    );
  }, [view, component]);
  if (error !== undefined)
    return <ErrorBox problem={{ code: 'fault', message: 'The page could not be loaded.', remedy: error }} />;
  const Found = component;
  return Found === undefined ? <Loading /> : <Found params={params} query={query} />;
}

let hasMoved = false;

const titleOf = ({ title }: View, params: Readonly<Record<string, string>>): string =>
  [title, ...Object.values(params)].join(' ');
