/** What the user asked for is not possible as written; the message says what is. */
export class UsageError extends Error {}
