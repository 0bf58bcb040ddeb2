/** How long a registration outlives a node that nobody noticed dying; renewed at half time by `Registry.check`. */
export const leaseMs = 3600 * 1000;

/** Lifetimes of queues are a backstop behind the sweeps that keep the books, and are renewed only now and then. */
export const lifetimeSlackMs = 24 * 3600 * 1000;
