/** The manifests of deploy/kubernetes as data, as far as the tests look into them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';
import { parseAllDocuments } from 'yaml';

type Labels = Record<string, string>;
type Probe = { httpGet?: { path: string; port: string }; periodSeconds?: number; failureThreshold?: number };
type KeyOfSecret = { name: string; key: string };

export type Container = {
  name: string;
  image: string;
  ports?: { name: string; containerPort: number }[];
  command?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: KeyOfSecret } }[];
  envFrom?: { configMapRef: { name: string } }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop: { exec: { command: string[] } } };
  securityContext: {
    allowPrivilegeEscalation: boolean;
    readOnlyRootFilesystem: boolean;
    capabilities: { drop: string[] };
  };
};

type PodSpec = {
  terminationGracePeriodSeconds: number;
  automountServiceAccountToken: boolean;
  enableServiceLinks: boolean;
  securityContext: { runAsNonRoot: boolean; runAsUser: number; seccompProfile: { type: string } };
  containers: Container[];
  volumes?: {
    name: string;
    configMap?: { name: string };
    secret?: { secretName: string; items: { key: string; path: string }[] };
  }[];
};

export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; labels?: Labels }; spec: unknown };
export type Of<Spec> = Omit<Manifest, 'spec'> & { spec: Spec };
export type Workload = Of<{
  selector: { matchLabels: Labels };
  template: { metadata: { labels: Labels }; spec: PodSpec };
}>;
export type Service = Of<{
  type: string;
  selector: Labels;
  ports: { name: string; port: number; targetPort: string }[];
}>;

type Kustomization = {
  resources: string[];
  components?: string[];
  images?: { name: string; newTag: string }[];
  configMapGenerator?: { name: string; behavior?: string; literals?: string[]; files?: string[] }[];
};

const root = join(repositoryRoot, 'deploy/kubernetes');
export const folders = ['base', 'redis', 'monitoring', 'autoscaling', 'example'] as const;
type Folder = (typeof folders)[number];

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function filesOf(folder: Folder): string[] {
  return readdirSync(join(root, folder));
}

/** The YAML documents of a file. @throws Error where it is not well-formed, or has a key twice */
function documentsOf(path: string): unknown[] {
  return parseAllDocuments(textOf(path)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]!.message}`);
    return document.toJS() as unknown;
  });
}

export function kustomizationOf(folder: Folder): Kustomization {
  return documentsOf(`${folder}/kustomization.yaml`)[0] as Kustomization;
}

/** Every object that a folder adds by itself. */
function manifestsOf(folder: Folder): Manifest[] {
  const files = kustomizationOf(folder).resources.filter((name) => name.endsWith('.yaml'));
  return files.flatMap((file) => documentsOf(`${folder}/${file}`) as Manifest[]);
}

export const manifests = folders.flatMap(manifestsOf);

export function ofKind<One extends Manifest>(...kinds: string[]): One[] {
  return manifests.filter(({ kind }) => kinds.includes(kind)) as One[];
}

/** Whether labels are what a `matchLabels` asks for. */
export function selects(wanted: Labels, labels: Labels | undefined): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value);
}
