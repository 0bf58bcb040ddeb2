/** Every document, or part of one, that is generated from code. Add a line here; `npm run docs` writes it. */
import { exampleEnvironment, settingsDocument } from '@openrelay/config';
import { metricsDocument } from '@openrelay/telemetry';
import type { GeneratedDocument } from './generated-document';

export const generatedDocuments: readonly GeneratedDocument[] = [
  { path: '.env.example', contents: exampleEnvironment },
  { path: 'shared/config/SETTINGS.md', contents: settingsDocument },
  { path: 'shared/telemetry/METRICS.md', contents: metricsDocument },
];
