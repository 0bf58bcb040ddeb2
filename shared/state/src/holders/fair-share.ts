/** What all nodes together have under way at one Redis: about 15 ms of its time, as a message waits twice. */
export const registrationsOfAll = 512;
/** A call of so many takes Redis about 3 ms. */
const mostOfLane = 128;
export const leastShare = 4;
/** A Cluster has no fewer. */
const masters = 3;

/**
 * How many registrations a node may have under way when whole crowds register at once, as after a node has died or Redis was away: all
 * nodes do so then, and what live traffic asks for waits behind them. So the more nodes there are the fewer are each one's.
 */
export function fairShare(nodes: number, lanes: number): number {
  const ofAll = lanes === 1 ? registrationsOfAll : masters * registrationsOfAll;
  return Math.max(leastShare, Math.min(mostOfLane * lanes, Math.floor(ofAll / nodes)));
}
