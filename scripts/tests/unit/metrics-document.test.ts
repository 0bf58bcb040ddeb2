import { expect, test } from '@jest/globals';
import { metricsTable } from '@openrelay/telemetry';
import { metricsDocument } from '../../src/documents/metrics-document';

test('the document has every metric', () => {
  for (const [name, row] of Object.entries(metricsTable)) {
    expect(metricsDocument()).toMatch(new RegExp(`\\| \`openrelay_${name}(_total)?\` \\| ${row.type} \\|`));
  }
});
