import { beforeEach, describe, expect, test } from '@jest/globals';
import { JobRecords } from '../../src/index';
import { useStateRig } from './state-rig';

const rig = useStateRig();
const plan = { job: 'sweep', everySeconds: 10, why: 'Because.' };
const records = () => new JobRecords(rig.link);

beforeEach(() => rig.redis.del('or:jobs'));

describe('the record of a job', () => {
  test('is there before the job ever ran', async () => {
    await records().announce(plan);
    expect(await records().list()).toEqual([{ ...plan, runs: 0, failures: 0 }]);
  });

  test('tells when it last began and succeeded, how long it took and what came of it', async () => {
    await records().announce(plan);
    await records().started('sweep', 1_795_373_380_902);
    await records().succeeded('sweep', 1_795_373_380_999, 97, { messages: 3 });
    expect(await records().list()).toEqual([
      {
        ...plan,
        lastStartedAtMs: 1_795_373_380_902,
        lastSucceededAtMs: 1_795_373_380_999,
        lastTookMs: 97,
        lastResult: { messages: 3 },
        runs: 1,
        failures: 0,
      },
    ]);
  });

  test('has the error of the last run until one succeeds', async () => {
    await records().announce(plan);
    await records().failed('sweep', 'Error: "no"\n');
    expect(await records().list()).toMatchObject([{ lastError: 'Error: "no"\n', runs: 1, failures: 1 }]);
    await records().succeeded('sweep', 1, 1, {});
    const [record] = await records().list();
    expect(record).toMatchObject({ runs: 2, failures: 1, lastResult: {} });
    expect(record!.lastError).toBeUndefined();
  });

  test('keeps what it counted when the job is announced anew, with another interval', async () => {
    await records().announce(plan);
    await records().succeeded('sweep', 1, 1, { messages: 1 });
    await records().announce({ ...plan, everySeconds: 20 });
    expect(await records().list()).toMatchObject([{ everySeconds: 20, runs: 1, lastSucceededAtMs: 1 }]);
  });

  test('counts every run, whoever ran it at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => records().succeeded('sweep', 1, 1, {})));
    expect(await records().list()).toMatchObject([{ runs: 20 }]);
  });
});
