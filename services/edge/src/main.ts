import * as protocol from '@openrelay/protocol';
import { runService } from '@openrelay/service';
import * as state from '@openrelay/state';
import { Edge } from './edge';
import { certificateProblems } from './sockets/certificate';

/**
 * HOT PATH. What is written to Redis and to devices lies in buffers of a few KiB, which live for milliseconds. Node.js cuts those
 * up to half of this from one piece; each of the others would be an allocation of its own, and work for the garbage collector.
 */
Buffer.poolSize = 64 * 1024;

// HOT PATH. V8 looks up each use of what a package exports in a hash table, until its exports are the prototype of some object.
for (const exported of [protocol, state]) Object.create(exported);

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
