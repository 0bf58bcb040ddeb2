import { runService } from '@openrelay/service';
import { Janitor } from './janitor';

void runService(process, {
  name: 'janitor',
  create: ({ settings, node, log }) =>
    new Janitor({ redisUrl: settings.redisUrl, node, log, aofRewriteSeconds: settings.aofRewriteSeconds }),
});
