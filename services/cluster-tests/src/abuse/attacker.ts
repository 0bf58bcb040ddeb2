/** A process of the attacker's: does what its orders say, and tells what it got in one line. */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Orders } from './attack';
import { attackNamed } from './attacks';

/** Below the relay's and its devices', who share the machine with it: what it delays is to be the relay's doing. */
const lowestPriority = 19;

/** Where Linux gives each session an equal share (autogroup), a priority counts among a session's own processes alone. */
function giveWay(): void {
  setPriority(lowestPriority);
  try {
    writeFileSync('/proc/self/autogroup', String(lowestPriority));
  } catch {
    // Other systems, and kernels without it.
  }
}

async function attack(text: string): Promise<void> {
  const orders = JSON.parse(text) as Orders;
  if (orders.priority === 'lowest') giveWay();
  const tally = await attackNamed(orders.attack).act(orders);
  process.stdout.write(`${JSON.stringify({ tally })}\n`, () => process.exit(0));
}

void attack(process.argv[2]!);
