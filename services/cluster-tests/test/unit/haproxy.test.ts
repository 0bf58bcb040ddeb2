import { expect, test } from '@jest/globals';
import { readServers } from '../../src/compose/haproxy';

const page = [
  'HTTP/1.1 200 OK\r',
  'content-type: text/plain\r',
  '\r',
  '# pxname,svname,scur,status,',
  'devices,FRONTEND,7,OPEN,',
  'edges,edge1,4,UP,',
  'edges,edge2,3,UP 1/2,',
  'edges,edge3,0,DOWN,',
  'edges,edge4,0,MAINT (resolution),',
  'edges,BACKEND,7,UP,',
].join('\n');

test('of the statistics of HAProxy, the edges are read that it has found', () => {
  expect(readServers(page)).toEqual([
    { isUp: true, connections: 4 },
    { isUp: true, connections: 3 },
    { isUp: false, connections: 0 },
  ]);
});

test('a page that is none has no edges', () => {
  expect(readServers('')).toEqual([]);
});
