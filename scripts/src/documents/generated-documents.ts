/** Every document, or part of one, that is generated from code. Add a line here; `npm run docs` writes it. */
import type { SettingKey } from '@openrelay/config';
import type { GeneratedDocument } from './generated-document';
import { metricsDocument } from './metrics-document';
import { nativeBuilds } from './native-builds';
import { permissionsCommands } from './permissions-table';
import { closeCodeMarkdownTable, errorMarkdownTable } from './protocol-tables';
import { redisUsers } from './redis-users';
import { exampleEnvironment, settingsDocument, settingsMarkdownTable } from './settings-document';

/** The limits that a device's author meets. */
const limitSettings: readonly SettingKey[] = [
  'requestsPerMinute',
  'pointsPerMinute',
  'monthlyLimitBytes',
  'warningThresholdBytes',
  'maxTtlSeconds',
  'queueMaxMessages',
  'queueMaxBytes',
  'maxFrameBytes',
  'controlFramesPerMinute',
  'registrationsPerMinute',
  'handshakeTimeoutSeconds',
  'idleTimeoutSeconds',
];

export const generatedDocuments: readonly GeneratedDocument[] = [
  { path: '.env.example', contents: exampleEnvironment },
  { path: 'shared/config/SETTINGS.md', contents: settingsDocument },
  { path: 'shared/telemetry/METRICS.md', contents: metricsDocument },
  { path: 'shared/state/KEYS.md', section: 'permissions', contents: permissionsCommands },
  { path: 'shared/uws/native-builds.json', contents: nativeBuilds },
  { path: 'deploy/redis/users.acl', contents: redisUsers },
  { path: 'deploy/kubernetes/redis/users.acl', contents: redisUsers },
  { path: 'RESPONSES.md', section: 'errors', contents: errorMarkdownTable },
  { path: 'RESPONSES.md', section: 'close-codes', contents: closeCodeMarkdownTable },
  { path: 'RESPONSES.md', section: 'limits', contents: () => settingsMarkdownTable(limitSettings) },
];
