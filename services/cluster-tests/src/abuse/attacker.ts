/** A process of the attacker's: does what its orders say, and tells what it got in one line. */
import type { Orders } from './attack';
import { attackNamed } from './attacks';
import { takeRank } from './rank';

/** Below the relay's and its devices', who share the machine with it: what it delays is to be the relay's doing. */
const lowestPriority = 19;

async function attack(text: string): Promise<void> {
  const orders = JSON.parse(text) as Orders;
  if (orders.priority === 'lowest') takeRank({ process: lowestPriority, session: lowestPriority });
  const tally = await attackNamed(orders.attack).act(orders);
  process.stdout.write(`${JSON.stringify({ tally })}\n`, () => process.exit(0));
}

void attack(process.argv[2]!);
