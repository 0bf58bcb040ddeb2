// Stands in for an edge: listens, says so, is ready after a while, and ends on SIGTERM unless told not to.
const { createServer } = require('node:http');

const { BIND_ADDR, PORT, FAKE = '' } = process.env;
const readyAt = Date.now() + 100;

if (FAKE === 'fails') {
  console.error('PORT is "x", but must be a whole number.');
  process.exit(1);
}
process.on('SIGTERM', () => {
  if (FAKE !== 'stubborn') process.exit(0);
});
const server = createServer((request, response) => {
  if (request.url === '/env') response.end(JSON.stringify(process.env));
  else response.writeHead(Date.now() < readyAt ? 503 : 200).end();
});
server.listen(Number(PORT), BIND_ADDR, () => {
  console.log('not JSON "edge.listening"');
  console.log(JSON.stringify({ event: 'edge.listening', port: server.address().port }));
});
