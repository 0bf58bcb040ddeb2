/**
 * The limit that the edge is compared with: the same frames on the same WebSocket library, with a Map where the edge
 * has Redis, and without limits, queues or any promise. Runs as a process of its own, started as an edge is.
 */
import { loadUws, type Uws } from '@openrelay/uws';

type Connection = { hardwareId: string | undefined };
type Frame = { type: string; payload: { hardware_id: string; recipient_id: string; message_id: string } };

const { uws } = loadUws();
const registered = new Map<string, Uws.WebSocket<Connection>>();

function register(socket: Uws.WebSocket<Connection>, hardwareId: string): void {
  socket.getUserData().hardwareId = hardwareId;
  registered.set(hardwareId, socket);
  const payload = { hardware_id: hardwareId, device_id: hardwareId };
  socket.send(JSON.stringify({ type: 'RegisterResponse', payload }));
}

function forward(socket: Uws.WebSocket<Connection>, payload: Frame['payload']): void {
  const recipient = registered.get(payload.recipient_id);
  if (socket.getUserData().hardwareId !== payload.hardware_id || recipient === undefined) {
    socket.send(JSON.stringify({ type: 'Error', payload: { code: 404, message: 'not registered' } }));
    return;
  }
  recipient.send(JSON.stringify({ type: 'Receive', payload }));
  socket.send(JSON.stringify({ type: 'Ack', payload: { message_id: payload.message_id } }));
}

uws
  .App()
  .get('/ready', (response) => void response.end('OK'))
  .ws<Connection>('/relay', {
    compression: 0,
    idleTimeout: 120,
    maxPayloadLength: 1024 * 1024,
    maxBackpressure: 16 * 1024 * 1024,
    message: (socket, message) => {
      const { type, payload } = JSON.parse(Buffer.from(message).toString()) as Frame;
      if (type === 'Register') register(socket, payload.hardware_id);
      else if (type === 'Send') forward(socket, payload);
    },
    close: (socket) => {
      const { hardwareId } = socket.getUserData();
      if (hardwareId !== undefined && registered.get(hardwareId) === socket) registered.delete(hardwareId);
    },
  })
  .listen('127.0.0.1', 0, (listenSocket) => {
    if (listenSocket === false) throw new Error('The in-memory relay cannot listen on 127.0.0.1.');
    const listening = { event: 'edge.listening', port: uws.us_socket_local_port(listenSocket) };
    process.stdout.write(`${JSON.stringify(listening)}\n`);
  });
