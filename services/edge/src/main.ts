import { runService } from '@openrelay/service';
import { Edge } from './edge';
import { certificateProblems } from './sockets/certificate';

void runService(process, {
  name: 'edge',
  check: certificateProblems,
  create({ settings, node, log, requestStop }) {
    const edge = new Edge({ settings, node, log, random: Math.random, drainAsked: requestStop });
    // Without a certificate the signal means what it means to every process: its terminal has gone.
    if (settings.tlsCertFile !== '') process.on('SIGHUP', () => edge.renewCertificate());
    return { start: () => edge.start(), stop: () => edge.drain() };
  },
});
