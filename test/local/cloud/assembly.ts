// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub looks like this
/** Writes assemblies as `cdk synth` does, from templates given as data. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: templates are data
export type Resources = Record<string, any>;

export interface StackInput {
  readonly Resources: Resources;
  readonly Outputs?: Resources;
  readonly Conditions?: Resources;
  readonly dependencies?: readonly string[];
}

export interface Workspace {
  readonly folder: string;
  readonly assembly: string;
  readonly stateDir: string;
  /** Replaces the assembly. */
  write(stacks: Record<string, StackInput>): void;
  /** `Code` of a function whose `index.js` this is. */
  code(source: string): { S3Bucket: object; S3Key: string };
  remove(): void;
}

export function createWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-cloud-'));
  const assembly = join(folder, 'cdk.out');
  const sources = new Map<string, string>();
  return {
    folder,
    assembly,
    stateDir: join(folder, 'state'),
    code(source) {
      const hash = createHash('sha256').update(source).digest('hex');
      sources.set(hash, source);
      return { S3Bucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: `${hash}.zip` };
    },
    write(stacks) {
      rmSync(assembly, { recursive: true, force: true });
      mkdirSync(assembly, { recursive: true });
      const artifacts: Record<string, unknown> = { Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } } };
      const used = JSON.stringify(stacks);
      const files: Record<string, unknown> = {};
      for (const [hash, source] of sources) {
        if (!used.includes(hash)) continue;
        mkdirSync(join(assembly, `asset.${hash}`));
        writeFileSync(join(assembly, `asset.${hash}`, 'index.js'), source);
        const destination = {
          bucketName: 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}',
          objectKey: `${hash}.zip`,
        };
        files[hash] = { source: { path: `asset.${hash}`, packaging: 'zip' }, destinations: { current: destination } };
      }
      for (const [name, { dependencies, ...template }] of Object.entries(stacks)) {
        writeFileSync(join(assembly, `${name}.assets.json`), JSON.stringify({ files }));
        writeFileSync(
          join(assembly, `${name}.template.json`),
          JSON.stringify({ ...template, Parameters: BOOTSTRAP, Rules: {} }),
        );
        artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
        artifacts[name] = {
          type: 'aws:cloudformation:stack',
          properties: { templateFile: `${name}.template.json` },
          dependencies: [`${name}.assets`, ...(dependencies ?? [])],
        };
      }
      writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const BOOTSTRAP = {
  BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
};

export function role(service: string, ...statements: object[]): object {
  const Policies = [{ PolicyName: 'P', PolicyDocument: { Version: '2012-10-17', Statement: statements } }];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      },
      ...(statements.length === 0 ? {} : { Policies }),
    },
  };
}

export function lambdaFunction(Code: object, roleId: string, more: Resources = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code,
      Role: { 'Fn::GetAtt': [roleId, 'Arn'] },
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Timeout: 20,
      MemorySize: 256,
      ...more,
    },
  };
}

export const LOGS = {
  Effect: 'Allow',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: '*',
};

export const ref = (id: string) => ({ Ref: id });
export const att = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });
