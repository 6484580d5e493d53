import * as net from 'node:net';

import type { Address, ByteStream, Listener, Network, StreamEvents } from '../ports/network.ts';
import { describeCode } from './host-error.ts';

/** A peer that is silent this long is asked whether it is still there. */
const KEEP_ALIVE_MS = 60_000;

/** TCP of the host. */
export class TcpNetwork implements Network {
  listen(address: Address, accept: (stream: ByteStream) => StreamEvents): Promise<Listener> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      attach(socket, accept);
    });
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(failure('listen on', address, error)));
      server.listen(address.port, address.host, () => {
        server.removeAllListeners('error');
        // An accept that fails, for want of descriptors say, costs that connection only.
        server.on('error', () => {});
        resolve({ address: addressOf(server.address()), close: () => close(server, sockets) });
      });
    });
  }

  connect(address: Address, events: (stream: ByteStream) => StreamEvents): Promise<ByteStream> {
    const socket = net.connect({ host: address.host, port: address.port, noDelay: true });
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(failure('connect to', address, error));
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        resolve(attach(socket, events));
      });
    });
  }
}

/** Stops listening; what is still connected is cut off. */
function close(server: net.Server, sockets: ReadonlySet<net.Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

class TcpStream implements ByteStream {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  }

  send(parts: readonly Uint8Array[], sent?: () => void): boolean {
    const last = parts.at(-1)!; // there is one
    if (parts.length === 1) return this.#socket.write(last, sent);
    // Corked parts leave in one gathered write.
    this.#socket.cork();
    for (const part of parts.slice(0, -1)) this.#socket.write(part);
    const hasRoom = this.#socket.write(last, sent);
    this.#socket.uncork();
    return hasRoom;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten;
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }
}

/** Joins a connected socket to its owner. */
function attach(socket: net.Socket, owner: (stream: ByteStream) => StreamEvents): ByteStream {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const stream = new TcpStream(socket);
  const events = owner(stream);
  let failed: Error | undefined;
  socket.on('data', (bytes) => events.received(bytes));
  socket.on('drain', () => events.drained());
  socket.on('error', (error) => { failed = failure('talk to', stream.remote, error); });
  socket.once('close', () => events.closed(failed));
  return stream;
}

function addressOf(bound: net.AddressInfo | string | null): Address {
  if (bound === null || typeof bound === 'string') throw new Error('Cannot listen: not a TCP port');
  return { host: bound.address, port: bound.port };
}

/** `Cannot listen on 127.0.0.1:3260: address already in use (EADDRINUSE)`. */
function failure(action: string, { host, port }: Address, error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;  // Node's own errors carry it
  const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const state = code === undefined ? error.message : describeCode(code);
  return new Error(`Cannot ${action} ${name}: ${state}`, { cause: error });
}
