/** The package has no types of its own. */
declare module 'cluster-key-slot' {
  /** The Redis Cluster slot of a key, its hash tag considered: 0 to 16383. */
  function calculateSlot(key: string): number;
  export = calculateSlot;
}
