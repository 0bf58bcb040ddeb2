import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readSettings, settingsTable } from '@openrelay/config';
import { repositoryRoot } from '@openrelay/launch';
import {
  type Container,
  filesOf,
  folders,
  kustomizationOf,
  manifests,
  type Of,
  ofKind,
  type Service,
  selects,
  textOf,
  type Workload,
} from '../kubernetes-manifests';

const workloads = ofKind<Workload>('Deployment', 'StatefulSet');
const services = ofKind<Service>('Service');
const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers);
const ours = containers.filter(({ image }) => image.startsWith('openrelay-'));

function containerNamed(name: string): Container {
  return containers.find((container) => container.name === name)!;
}

/** What the ConfigMap `settings` holds with all that is merged into it. */
const configured = Object.fromEntries(
  folders
    .flatMap((folder) => kustomizationOf(folder).configMapGenerator ?? [])
    .filter(({ name }) => name === 'settings')
    .flatMap(({ literals = [] }) => literals)
    .map((literal) => [literal.slice(0, literal.indexOf('=')), literal.slice(literal.indexOf('=') + 1)]),
);
const { settings, warnings } = readSettings(configured);

test.each(folders)('%s lists every file that it has, and none besides', (folder) => {
  const { resources, configMapGenerator = [] } = kustomizationOf(folder);
  const listed = [...resources, ...configMapGenerator.flatMap(({ files = [] }) => files)];
  const values = ['kustomization.yaml', 'prometheus-adapter-values.yaml'];
  expect(listed.filter((name) => !name.startsWith('../')).sort()).toEqual(
    filesOf(folder)
      .filter((name) => !values.includes(name))
      .sort(),
  );
});

test('no two objects of one kind share a name', () => {
  const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});

test('every environment variable is a setting, with a value that is allowed', () => {
  const known = Object.values(settingsTable).map(({ name }) => name as string);
  const used = [...Object.keys(configured), ...ours.flatMap(({ env = [] }) => env.map(({ name }) => name))];
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
  expect(warnings).toEqual([]);
  expect(ours.map(({ name }) => name).sort()).toEqual(['edge', 'janitor', 'ops']);
  for (const { envFrom } of ours) expect(envFrom).toEqual([{ configMapRef: { name: 'settings' } }]);
});

test('a Service cannot become a setting', () => {
  for (const { spec } of workloads) expect(spec.template.spec.enableServiceLinks).toBe(false);
});

test('the ports are those that the services open', () => {
  const portOf = (name: string) => containerNamed(name).ports;
  expect(portOf('edge')).toEqual([{ name: 'http', containerPort: settings.port }]);
  expect(portOf('ops')).toEqual([{ name: 'http', containerPort: settings.opsPort }]);
  expect(portOf('redis')).toEqual([{ name: 'redis', containerPort: 6379 }]);
});

test('the command of the README makes the Secret with every key that is asked for', () => {
  const inEnv = containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []));
  const mounted = workloads.flatMap(({ spec }) => spec.template.spec.volumes ?? []);
  const inFiles = mounted.flatMap(({ secret }) =>
    (secret?.items ?? []).map(({ key }) => ({ name: secret!.secretName, key })),
  );
  const asked = [...inEnv, ...inFiles];
  const made = [...textOf('README.md').matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => key);
  expect([...new Set(asked.map(({ name }) => name))]).toEqual(['openrelay']);
  expect([...new Set(asked.map(({ key }) => key))].sort()).toEqual([...new Set(made)].sort());
});

test('each service is a user of Redis of its own, and has no password but its own', () => {
  for (const workload of workloads.filter(({ metadata }) => metadata.name !== 'redis')) {
    const { name, spec } = { name: workload.metadata.name, spec: workload.spec.template.spec };
    const environment = new Map(containerNamed(name).env?.map((one) => [one.name, one.value]));
    expect(environment.get('REDIS_USERNAME')).toBe(name);
    expect(environment.get('REDIS_PASSWORD_FILE')).toBe('/run/secrets/redis/password');
    const items = spec.volumes?.flatMap(({ secret }) => secret?.items ?? []);
    expect(items).toEqual([{ key: `REDIS_PASSWORD_${name.toUpperCase()}`, path: 'password' }]);
  }
});

test('every ConfigMap that is asked for is made', () => {
  const made = folders.flatMap((folder) => kustomizationOf(folder).configMapGenerator ?? []).map(({ name }) => name);
  const mounted = workloads.flatMap(({ spec }) => spec.template.spec.volumes ?? []);
  const asked = [
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef.name)),
    ...mounted.flatMap(({ configMap }) => configMap?.name ?? []),
  ];
  expect(new Set(asked)).toEqual(new Set(made));
});

test('a workload selects its own pods, and a Service one workload and a port that it has', () => {
  for (const { spec } of workloads)
    expect(selects(spec.selector.matchLabels, spec.template.metadata.labels)).toBe(true);
  for (const { metadata, spec } of services) {
    const chosen = workloads.filter((one) => selects(spec.selector, one.spec.template.metadata.labels));
    expect(chosen.map((one) => one.metadata.name)).toEqual([metadata.name]);
    const ports = chosen[0]!.spec.template.spec.containers.flatMap(({ ports = [] }) => ports);
    expect(spec.ports.map(({ targetPort, port }) => [targetPort, port])).toEqual(
      ports.map(({ name, containerPort }) => [name, containerPort]),
    );
    expect(spec.type).toBe('ClusterIP');
  }
});

test('budgets, autoscalers, monitors and network policies mean something that exists', () => {
  type Selector = { matchLabels?: Record<string, string> };
  const pods = workloads.map(({ spec }) => spec.template.metadata.labels);
  const chosen = (selector: Selector) => pods.filter((labels) => selects(selector.matchLabels ?? {}, labels)).length;
  for (const { spec } of ofKind<Of<{ selector: Selector }>>('PodDisruptionBudget'))
    expect(chosen(spec.selector)).toBe(1);
  for (const { spec } of ofKind<Of<{ podSelector: Selector }>>('NetworkPolicy'))
    expect(chosen(spec.podSelector)).toBeGreaterThan(0);
  for (const { spec } of ofKind<Of<{ scaleTargetRef: { kind: string; name: string } }>>('HorizontalPodAutoscaler'))
    expect(
      workloads.filter(
        (one) => one.kind === spec.scaleTargetRef.kind && one.metadata.name === spec.scaleTargetRef.name,
      ),
    ).toHaveLength(1);
  for (const { spec } of ofKind<Of<{ selector: Required<Selector>; endpoints: { port: string }[] }>>(
    'ServiceMonitor',
  )) {
    const watched = services.filter(({ metadata }) => selects(spec.selector.matchLabels, metadata.labels));
    expect(watched.flatMap((one) => one.spec.ports.map(({ name }) => name))).toEqual(
      spec.endpoints.map(({ port }) => port),
    );
  }
});

test('Prometheus knows edges and ops by the names that the alerts ask for', () => {
  type Endpoint = { relabelings: { targetLabel: string; replacement: string }[] };
  const monitors = ofKind<Of<{ endpoints: Endpoint[] }>>('ServiceMonitor');
  const jobs = monitors.flatMap(({ spec }) => spec.endpoints.flatMap(({ relabelings }) => relabelings));
  const scraped = readFileSync(join(repositoryRoot, 'deploy/prometheus/prometheus.yml'), 'utf8');
  expect(jobs).toEqual(
    [...scraped.matchAll(/job_name: (\S+)/g)].map(([, replacement]) => ({ targetLabel: 'job', replacement })),
  );
});

test('from outside only what devices need is reached, and only edges', () => {
  type Backend = { service: { name: string; port: { name: string } } };
  type Rule = { http: { paths: { path: string; pathType: string; backend: Backend }[] } };
  const paths = ofKind<Of<{ rules: Rule[] }>>('Ingress').flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) => http.paths),
  );
  expect(paths.map(({ path }) => path)).toEqual(['/relay', '/health', '/app', '/bandwidth-status']);
  for (const { path, pathType, backend } of paths) {
    expect(pathType).toBe(path === '/app' ? 'Prefix' : 'Exact');
    expect(backend).toEqual({ service: { name: 'edge', port: { name: 'http' } } });
  }
});

test('an edge is ready by /ready and alive by /health, however long it drains', () => {
  const { readinessProbe, livenessProbe } = containerNamed('edge');
  expect(readinessProbe?.httpGet).toEqual({ path: '/ready', port: 'http' });
  expect(livenessProbe?.httpGet).toEqual({ path: '/health', port: 'http' });
  const patienceSeconds = livenessProbe!.periodSeconds! * livenessProbe!.failureThreshold!;
  expect(patienceSeconds).toBeGreaterThan(settings.drainLeadSeconds + settings.drainSeconds);
});

test('an edge is not killed before it has drained', () => {
  const settlingSeconds = 5; // more than the edge takes for its last acks and counters
  const { spec } = workloads.find(({ metadata }) => metadata.name === 'edge')!.spec.template;
  const [program, seconds] = containerNamed('edge').lifecycle!.preStop.exec.command;
  expect(program).toBe('sleep');
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(
    Number(seconds) + settings.drainLeadSeconds + settings.drainSeconds + settlingSeconds,
  );
});

test('every pod is confined', () => {
  for (const { spec } of workloads.map((one) => one.spec.template)) {
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext } of spec.containers)
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
  }
});

test('the example names every image, ours by the version that this is', () => {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
  const tags = Object.fromEntries(kustomizationOf('example').images!.map(({ name, newTag }) => [name, newTag]));
  for (const { image } of ours) expect(tags[image]).toBe(version);
  expect(tags.redis).toMatch(/^\d+\.\d+/);
});

test('Redis has a limit, at which it forgets nothing, and so a budget for what is stored', () => {
  const conf = readFileSync(join(repositoryRoot, 'deploy/kubernetes/redis/redis.conf'), 'utf8');
  expect(conf).toMatch(/^maxmemory 1gb$/m);
  expect(conf).toMatch(/^maxmemory-policy noeviction$/m);
});

test('Redis keeps small mailboxes small', () => {
  const conf = readFileSync(join(repositoryRoot, 'deploy/kubernetes/redis/redis.conf'), 'utf8');
  expect(conf).toMatch(/^hash-max-listpack-entries 32$/m);
  expect(conf).toMatch(/^hash-max-listpack-value 4096$/m);
});
