/** How and where the app is deployed: told once, of its root, and read by whatever is made below it. */
import type { IConstruct } from 'constructs';

export interface Settings {
  /** absent: the one without a name */
  readonly environment?: string;
  /** data goes with its stack */
  readonly disposable: boolean;
  readonly availabilityZones?: readonly string[];
  readonly capacity: {
    /** RPUs of Redshift Serverless */
    readonly redshift: { readonly base: number; readonly max: number };
    /** ACUs of Aurora Serverless v2 */
    readonly aurora: { readonly min: number; readonly max: number };
  };
}

const told = new WeakMap<IConstruct, Settings>();

export function tellSettings(root: IConstruct, settings: Settings): void {
  told.set(root, settings);
}

export function settingsOf(scope: IConstruct): Settings {
  const settings = told.get(scope.node.root);
  if (settings === undefined) throw new TypeError('Nobody has told the settings of this app: see tellSettings');
  return settings;
}
