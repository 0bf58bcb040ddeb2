/**
 * The limit that the edge is compared with: the same frames on the same WebSocket library, with a Map where the edge
 * has Redis, and without limits, queues or any promise. Runs as a process of its own, which sends its port to its parent.
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
  if (socket.getUserData().hardwareId !== payload.hardware_id) {
    refuse(socket, 403, 'not registered');
    return;
  }
  const recipient = registered.get(payload.recipient_id);
  if (recipient === undefined) {
    refuse(socket, 404, 'the recipient is not connected');
    return;
  }
  recipient.send(JSON.stringify({ type: 'Receive', payload }));
  socket.send(JSON.stringify({ type: 'Ack', payload: { message_id: payload.message_id } }));
}

function refuse(socket: Uws.WebSocket<Connection>, code: number, message: string): void {
  socket.send(JSON.stringify({ type: 'Error', payload: { code, message } }));
}

function dispatch(socket: Uws.WebSocket<Connection>, { type, payload }: Frame): void {
  switch (type) {
    case 'Register':
      register(socket, payload.hardware_id);
      break;
    case 'Send':
      forward(socket, payload);
      break;
    case 'Ack':
      break;
    default:
      refuse(socket, 400, 'unknown type');
  }
}

uws
  .App()
  .ws<Connection>('/relay', {
    compression: 0,
    idleTimeout: 120,
    maxPayloadLength: 1024 * 1024,
    maxBackpressure: 16 * 1024 * 1024,
    upgrade: (response, request, context) => {
      response.upgrade<Connection>(
        { hardwareId: undefined },
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    message: (socket, message) => dispatch(socket, JSON.parse(Buffer.from(message).toString()) as Frame),
    close: (socket) => {
      const { hardwareId } = socket.getUserData();
      if (hardwareId !== undefined && registered.get(hardwareId) === socket) registered.delete(hardwareId);
    },
  })
  .listen('127.0.0.1', 0, (listenSocket) => {
    if (listenSocket === false) throw new Error('The in-memory relay cannot listen on 127.0.0.1.');
    process.send?.({ kind: 'listening', port: uws.us_socket_local_port(listenSocket) });
  });

// Ctrl-C reaches the whole process group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
