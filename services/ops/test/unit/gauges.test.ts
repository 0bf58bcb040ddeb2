import { expect, test } from '@jest/globals';
import { countedIn, exposition, metricsTable } from '@openrelay/telemetry';
import { snapshotAt } from '../../../../shared/overview/test/unit/snapshots';
import { parseStrictly } from '../../../../shared/telemetry/test/unit/strict-text';
import { gaugesOf } from '../../src/answers/gauges';

test('what the cluster shows is strict Prometheus text, in seconds and bytes', async () => {
  const snapshot = snapshotAt();
  const families = parseStrictly(await exposition(gaugesOf(snapshot), countedIn(snapshot.totals)));
  const samplesOf = (name: string) => Object.fromEntries(families.get(`openrelay_${name}`)?.samples ?? []);
  expect(samplesOf('nodes')).toEqual({ '{state="up"}': 1, '{state="draining"}': 0, '{state="silent"}': 1 });
  expect(samplesOf('connections')).toEqual({ '{node="aaaaaaaaaaaa"}': 12 });
  expect(samplesOf('event_loop_delay_seconds')).toEqual({ '{node="aaaaaaaaaaaa"}': 0.021 });
  expect(samplesOf('queued_messages')).toEqual({ '': 7 });
  expect(samplesOf('queued_bytes')).toEqual({ '': 7000 });
  expect(samplesOf('queued_devices')).toEqual({ '': 3 });
  expect(samplesOf('bandwidth_used_bytes')).toEqual({ '': 5e9 });
  expect(samplesOf('bandwidth_limit_bytes')).toEqual({ '': 10e12 });
  expect(samplesOf('bandwidth_threshold_bytes')).toEqual({ '': 9.5e12 });
  expect(samplesOf('bandwidth_projected_bytes')).toEqual({ '': 15e9 });
  expect(samplesOf('job_success_age_seconds')).toEqual({ '{janitor_job="sweep"}': 8.9 });
  expect(samplesOf('job_well')).toEqual({ '{janitor_job="sweep"}': 1, '{janitor_job="audit"}': 0 });
  expect(samplesOf('ledger_missing_messages')).toEqual({ '': 0 });
  expect(samplesOf('ledger_audit_age_seconds')).toEqual({ '': 5 });
  expect(samplesOf('redis_available')).toEqual({ '': 1 });
  expect(samplesOf('redis_used_bytes')).toEqual({ '': 5e6 });
  expect(samplesOf('messages_accepted_total')).toEqual({ '': 1000 });
});

test('every gauge of the deployment is read', () => {
  const snapshot = snapshotAt();
  const redis = { ...snapshot.redis!, limitBytes: 10e6 };
  const ofDeployment = Object.entries(metricsTable).filter(([, row]) => 'of' in row);
  expect(Object.keys(gaugesOf({ ...snapshot, redis }))).toEqual(
    expect.arrayContaining(ofDeployment.map(([name]) => name)),
  );
});

test('what is not known is missing, not 0', async () => {
  const snapshot = { ...snapshotAt(), ledger: null };
  const names = [...parseStrictly(await exposition(gaugesOf(snapshot), countedIn(snapshot.totals))).keys()];
  expect(names).not.toContain('openrelay_ledger_missing_messages');
  expect(names).not.toContain('openrelay_redis_limit_bytes');
});
