import { runService } from '@openrelay/service';
import { Ops } from './ops';

void runService(process, { name: 'ops', create: ({ settings, log }) => new Ops({ settings, log }) });
