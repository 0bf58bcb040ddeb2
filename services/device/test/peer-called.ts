import type { PeerView } from '../src/work/works';

/** @param digits with which its id begins */
export function peerCalled(name: string, digits: string): PeerView {
  return {
    id: digits.padEnd(64, '0'),
    name,
    ownName: name,
    kind: 'paired',
    since: 0,
    introducedBy: undefined,
    accept: 'all',
    mayIntroduce: 'yes',
  };
}
