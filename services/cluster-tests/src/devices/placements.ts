/** Where sender and recipient are: what a device does must not depend on it. Indexes into `Cluster.edges`. */
export const placements = [
  { where: 'within one edge', from: 0, to: 0 },
  { where: 'across two edges', from: 0, to: 1 },
] as const;
