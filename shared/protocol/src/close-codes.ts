/** Close codes the relay uses, and what a device does about each (RESPONSES.md). */
export const closeCodes = {
  policy: {
    code: 1008,
    when: 'the connection did not register in time, or said too much before',
    device: 'connect again and register at once',
  },
  tooBig: { code: 1009, when: 'a frame was over the hard size limit', device: 'do not send that frame again' },
  failed: {
    code: 1011,
    when: 'the relay failed at serving this connection',
    device: 'come back after a random pause',
  },
  restart: { code: 1012, when: 'this node restarts', device: 'come back after a random pause' },
  tryLater: {
    code: 1013,
    when: 'the relay cannot serve this connection now',
    device: 'come back after a random pause',
  },
  replaced: {
    code: 4001,
    when: 'a newer connection registered the same id',
    device: 'stay away: another connection serves this id',
  },
  flooding: { code: 4008, when: 'far more frames than the limits allow', device: 'come back after a minute, slower' },
} as const;

export type CloseCode = keyof typeof closeCodes;
