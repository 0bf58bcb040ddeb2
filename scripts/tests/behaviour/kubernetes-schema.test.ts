/** The manifests against the published schemas of the Kubernetes API (kubernetes-models, made from its OpenAPI document). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Namespace, Service } from 'kubernetes-models/v1';
import { type Manifest, manifests } from '../kubernetes-manifests';

type Model = new (data: never) => { validate(): void };

const models: Readonly<Record<string, Model>> = {
  Deployment,
  StatefulSet,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  Namespace,
  Service,
};

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor, as far as it is used. */
const serviceMonitor = `type ServiceMonitor = {
  apiVersion: 'monitoring.coreos.com/v1'; kind: 'ServiceMonitor';
  metadata: { name: string; labels?: Record<string, string> };
  spec: { selector: { matchLabels?: Record<string, string> };
    endpoints: { port?: string; path?: string; interval?: string; scrapeTimeout?: string;
      relabelings?: { targetLabel?: string; replacement?: string }[];
      authorization?: { type?: string; credentials?: { name: string; key: string } } }[] } };`;

const modules = dirname(dirname(require.resolve('kubernetes-models')));
const compiler = join(repositoryRoot, 'node_modules/.bin/tsc');
const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-schema-'));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    paths: { '*': [`${modules}/*`] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifests.ts'] }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file in which each manifest is an object literal of its kind's type, so that a field that the kind lacks is an error. */
function asTypeScript(all: Manifest[]): string {
  const typeOf = ({ apiVersion, kind }: Manifest) =>
    kind in models ? `import('kubernetes-models/${apiVersion}').I${kind}` : kind;
  const lines = all.map((one, i) => `export const m${i}: ${typeOf(one)} = ${JSON.stringify(one)}; // ${nameOf(one)}`);
  return `${serviceMonitor}\n${lines.join('\n')}\n`;
}

function compile(all: Manifest[]): { status: number | null; stdout: string } {
  writeFileSync(join(folder, 'manifests.ts'), asTypeScript(all));
  const { status, stdout } = spawnSync(compiler, ['-p', folder], { encoding: 'utf8', timeout: 25_000 });
  return { status, stdout };
}

test.each(manifests.filter(({ kind }) => kind in models).map((one) => [nameOf(one), one] as const))(
  '%s has values that its schema allows',
  (_name, one) => {
    expect(() => new models[one.kind]!(one as never).validate()).not.toThrow();
  },
);

test('no manifest has a field that its kind lacks', () => {
  expect(compile(manifests)).toEqual({ status: 0, stdout: '' });
});

test('a field that does not exist, and a value that is not allowed, are found', () => {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment')!;
  const misspelt = { ...deployment, spec: { ...(deployment.spec as object), replica: 2 } };
  expect(compile([misspelt]).stdout).toContain('"replica"');
  const wrong = { ...deployment, spec: { ...(deployment.spec as object), strategy: { type: 'Rolling' } } };
  expect(() => new Deployment(wrong as never).validate()).toThrow('/spec/strategy/type');
});
