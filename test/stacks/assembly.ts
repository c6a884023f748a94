import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib/core';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { appOf } from '../../lib/stacks/app';
import { compiledOrders } from '../fixtures/compiled-orders';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are whatever their resource type says
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface Synthesized {
  readonly app: App;
  readonly outdir: string;
  readonly foundation: Template;
  /** of the pipeline that `synthesize` takes unless told */
  readonly orders: Template;
  template(stack: string): Template;
}

export class Template {
  constructor(
    readonly document: {
      readonly Resources: Readonly<Record<string, Resource>>;
      readonly Parameters?: Readonly<Record<string, unknown>>;
      readonly Outputs?: Readonly<Record<string, { readonly Export?: { readonly Name: string } }>>;
    },
  ) {}

  all(type: string): Resource[] {
    return Object.values(this.document.Resources).filter((resource) => resource.Type === type);
  }

  entries(type: string): [string, Resource][] {
    return Object.entries(this.document.Resources).filter(([, resource]) => resource.Type === type);
  }

  only(type: string): Resource {
    const [found, ...more] = this.all(type);
    if (found === undefined || more.length > 0)
      throw new Error(`${more.length + (found ? 1 : 0)} resources of ${type}`);
    return found;
  }
}

const made: string[] = [];

// The CDK validates templates against CloudFormation's schemas: 3 s a synth. One test does (validation.test.ts).
process.env.CDK_VALIDATION = 'false';

/** No copies of 70 MB of assets, and no stack trace of each construct, which takes long where source is mapped. */
const TEMPLATES_ONLY = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true };

export function synthesize(
  context: Record<string, unknown> = {},
  pipelines: readonly CompiledPipeline[] = [compiledOrders],
): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'stepwell-synth-'));
  made.push(outdir);
  const app = appOf(pipelines, { outdir, context: { ...TEMPLATES_ONLY, ...context } });
  app.synth();
  const template = (stack: string) =>
    new Template(JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8')));
  return {
    app,
    outdir,
    template,
    foundation: template('Stepwell-Foundation'),
    get orders() {
      return template('Stepwell-Orders');
    },
  };
}

export function removeAssemblies(): void {
  for (const outdir of made.splice(0)) rmSync(outdir, { recursive: true, force: true });
}

/** A template's value on one line: `<Bucket.Arn>/runs/*`; exports by what they export. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (value === null || typeof value !== 'object') return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Ref') return `<${plain(String(argument))}>`;
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).map(plain).join('.')}>`;
  if (name === 'Fn::ImportValue') return `<${plain(String(argument).replace(/^.*:ExportsOutput(FnGetAtt|Ref)/, ''))}>`;
  if (name === 'Fn::Join') {
    const [delimiter, parts] = argument as [string, unknown[]];
    return parts.map(readable).join(delimiter);
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, readable(member)]));
}

/** Without the hashes that the CDK appends to logical ids. */
function plain(id: string): string {
  return id.replaceAll(/(?<=[a-z])(?:[0-9A-F]{8})+(?=[A-Z]|$)/g, '');
}
